"""Usage: optuna_upgrade.py OLDER COPY…: each OLDER is upgraded by Optuna itself and compared with what COPY, migrated by us, holds."""

import sys

import optuna
from optuna.storages import RDBStorage

optuna.logging.set_verbosity(optuna.logging.ERROR)


def contents(path):
    storage = RDBStorage(f"sqlite:///{path}")
    studies = storage.get_all_studies()
    # As text: a NaN is not equal to itself.
    return [(repr(vars(study)), [repr(trial) for trial in storage.get_all_trials(study._study_id)]) for study in studies]


for older, copy in zip(sys.argv[1::2], sys.argv[2::2]):
    RDBStorage(f"sqlite:///{older}", skip_compatibility_check=True, skip_table_creation=True).upgrade()
    assert contents(older) == contents(copy), copy
    study = optuna.load_study(study_name="older ✓", storage=f"sqlite:///{copy}")
    before = len(study.trials)
    study.optimize(lambda trial: trial.suggest_float("x", -1.0, 2.5), n_trials=2)
    # What waited in the file is run first.
    assert [trial.state.name for trial in study.trials[before - 1 :]].count("COMPLETE") == 2
    print(copy)
