"""
Usage: optuna_journal.py copy|run|back JOURNAL SQLITE [TRIALS]: Python's side of a journal. `copy` writes the studies of a SQLite file into
a journal, `run` runs a study in it, `back` writes the journal's studies into a SQLite file.
"""

import json
import math
import sys
import warnings

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
task, journal, sqlite, *rest = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
storage = JournalStorage(JournalFileBackend(journal))


def copy_all(source, target):
    for name in optuna.get_all_study_names(source):
        optuna.copy_study(from_study_name=name, from_storage=source, to_storage=target)


def objective(trial):
    x = trial.suggest_float("x", -1, 1)
    n = trial.suggest_int("n", 1, 100, log=True)
    trial.suggest_categorical("c", ["a", None, True, 2.5])
    trial.set_user_attr("é", {"nan": math.nan, "list": [1, 2.5]})
    trial.set_user_attr("big", 2**60 + 1)
    for step in (3, 0, 7):
        trial.report(math.inf if step == 0 else x + step, step)
    if trial.number % 5 == 1:
        raise optuna.TrialPruned()
    if trial.number % 5 == 2:
        raise ValueError("odd")
    return x * n


def run():
    study = optuna.create_study(storage=storage, study_name="run", load_if_exists=True)
    study.set_user_attr("by", "python")
    study.enqueue_trial({"x": 0.5, "n": 3})
    study.optimize(objective, n_trials=int(rest[0]), catch=(ValueError,))
    study.enqueue_trial({"x": 0.25})
    study.ask()
    optuna.create_study(storage=storage, study_name="deleted")
    optuna.delete_study(storage=storage, study_name="deleted")
    optuna.create_study(storage=storage, directions=["maximize", "minimize"], study_name=f"two {rest[0]}")


if task == "run":
    run()
elif task == "copy":
    copy_all(f"sqlite:///{sqlite}", storage)
else:
    copy_all(storage, f"sqlite:///{sqlite}")
print("null", flush=True)
