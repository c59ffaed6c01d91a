"""Usage: optuna_reader.py list|continue|write PATH [TRIALS]: Python's side of a study that both write."""

import json
import math
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def plain(value):
    """JSON cannot tell 1.0 from 1, and knows no NaN: floats travel by name."""
    if isinstance(value, float):
        return {"$float": repr(value)}
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value


def describe(trial):
    return {
        "number": trial.number,
        "state": trial.state.name,
        "values": plain(trial.values),
        "params": plain(trial.params),
        "distributions": {
            name: {"name": type(distribution).__name__, **plain(distribution._asdict())}
            for name, distribution in trial.distributions.items()
        },
        "intermediate_values": plain(trial.intermediate_values),
        "user_attrs": plain(trial.user_attrs),
        "system_attrs": plain(trial.system_attrs),
        "start": trial.datetime_start and trial.datetime_start.timestamp(),
        "complete": trial.datetime_complete and trial.datetime_complete.timestamp(),
    }


def objective(trial):
    x = trial.suggest_float("x", 0.0, 1.0)
    choice = trial.suggest_categorical("c", ["a", "b"])
    trial.set_user_attr("python", {"nan": math.nan, "é": [True, None]})
    trial.report(math.inf, 0)
    trial.report(x, 7)
    return x + (choice == "a")


def main():
    task, path = sys.argv[1:3]
    study = optuna.load_study(study_name="shared ✓", storage=f"sqlite:///{path}")
    print("ready", flush=True)
    sys.stdin.readline()
    if task == "list":
        listed = {
            "user_attrs": plain(study.user_attrs),
            "system_attrs": plain(study._storage.get_study_system_attrs(study._study_id)),
            "directions": [direction.name for direction in study.directions],
            "best": study.best_trial.number,
            "trials": [describe(trial) for trial in study.trials],
        }
        print(json.dumps(listed), flush=True)
    else:
        before = len(study.trials)
        study.optimize(objective, n_trials=int(sys.argv[3]))
        print(json.dumps([trial.number for trial in study.trials if "python" in trial.user_attrs]), flush=True)
        assert len(study.trials) >= before + int(sys.argv[3])


main()
