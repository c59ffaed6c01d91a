"""Usage: optuna_reader.py list|continue|write|random|work PATH [TRIALS]: Python's side of a study that both write."""

import json
import math
import os
import random
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


EXTREMES = [0.0, 5e-324, -1.7976931348623157e308, 0.1 + 0.2, 1e22, 1e-07, math.inf, -math.inf]
TEXTS = ["", "ключ", "😀", '"quoted" \\ ', "line\nbreak\t\x00\x7f\u2028", "__proto__", "constructor", "x" * 700]


def random_json(rng, depth=3):
    kind = rng.randint(0, 6 if depth else 4)
    if kind <= 1:
        return rng.choice([None, True, False])
    if kind == 2:
        return rng.choice([math.nan, -0.0, 1.0, rng.randint(-(2**52), 2**52), rng.choice(EXTREMES)])
    if kind <= 4:
        return rng.choice(TEXTS)
    if kind == 5:
        return [random_json(rng, depth - 1) for _ in range(rng.randint(0, 3))]
    return {rng.choice(TEXTS): random_json(rng, depth - 1) for _ in range(rng.randint(0, 3))}


def random_attrs(rng):
    return {rng.choice(TEXTS): random_json(rng) for _ in range(rng.randint(0, 4))}


def random_params(rng):
    """Class, log and choices belong to the name; the range may change from trial to trial."""
    low, span, whole, step = rng.random() * 1e6, rng.random() * 1e9, rng.randint(1, 2**40), rng.randint(1, 1000)
    everything = {
        "x": (rng.uniform(-low, span), optuna.distributions.FloatDistribution(-low, span)),
        "log ✓": (1e-300 + low, optuna.distributions.FloatDistribution(1e-300, 1e300, log=True)),
        "stepped": (0.25 * rng.randint(0, 8), optuna.distributions.FloatDistribution(0, 2.1, step=0.25)),
        "int": (-whole + step, optuna.distributions.IntDistribution(-whole, whole + step, step=step)),
        "intLog": (rng.randint(1, whole), optuna.distributions.IntDistribution(1, whole, log=True)),
        "mixed": (rng.choice([2.5, True, None]), optuna.distributions.CategoricalDistribution(["ç", 7, 2.5, True, None])),
        "1.0": (3.0, optuna.distributions.CategoricalDistribution([1.0, 3.0, math.inf])),
        "": (rng.choice(TEXTS), optuna.distributions.CategoricalDistribution(TEXTS)),
    }
    return {name: entry for name, entry in everything.items() if rng.random() < 0.5}


def add_random_trials(study, count, seed=5):
    rng = random.Random(seed)
    for key, value in random_attrs(rng).items():
        study.set_user_attr(key, value)
    states = [state for state in optuna.trial.TrialState]
    for _ in range(count):
        state = rng.choice(states)
        params = random_params(rng)
        trial = optuna.trial.create_trial(
            state=state,
            value=rng.choice(EXTREMES) if state == optuna.trial.TrialState.COMPLETE else None,
            params={name: value for name, (value, _) in params.items()},
            distributions={name: distribution for name, (_, distribution) in params.items()},
            user_attrs=random_attrs(rng),
            system_attrs=random_attrs(rng),
            intermediate_values={rng.randint(0, 2**31 - 1): rng.choice([*EXTREMES, math.nan]) for _ in range(3)},
        )
        study.add_trial(trial)


def work(study, count):
    """Asks and tells, also what waits. Its claim of a waiting trial may come second: then the first has told already, or will be refused."""
    numbers = []
    for _ in range(count):
        trial = study.ask()
        numbers.append(trial.number)
        try:
            x = trial.suggest_float("x", 0.0, 1.0)
            trial.set_user_attr("theirs", os.getpid())
            trial.report(x, 0)
            study.tell(trial, x)
        except (optuna.exceptions.UpdateFinishedTrialError, ValueError):
            pass
    return numbers


def main():
    task, path = sys.argv[1:3]
    study = optuna.load_study(study_name="shared ✓", storage=f"sqlite:///{path}")
    print("ready", flush=True)
    sys.stdin.readline()
    if task == "work":
        print(json.dumps(work(study, int(sys.argv[3]))), flush=True)
        return
    if task == "random":
        add_random_trials(study, int(sys.argv[3]))
    if task in ("list", "random"):
        listed = {
            "user_attrs": plain(study.user_attrs),
            "system_attrs": plain(study._storage.get_study_system_attrs(study._study_id)),
            "directions": [direction.name for direction in study.directions],
            "best": study.best_trial.number if any(trial.values for trial in study.trials) else None,
            "trials": [describe(trial) for trial in study.trials],
        }
        print(json.dumps(listed), flush=True)
    else:
        before = len(study.trials)
        study.optimize(objective, n_trials=int(sys.argv[3]))
        print(json.dumps([trial.number for trial in study.trials if "python" in trial.user_attrs]), flush=True)
        assert len(study.trials) >= before + int(sys.argv[3])


main()
