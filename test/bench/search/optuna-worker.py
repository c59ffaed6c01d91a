"""Optuna's half of `npm run bench:search`: suggests parameters and is told values, line by line. The functions are in TypeScript alone."""

import json
import os
import sys
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
import optuna  # noqa: E402
from optuna import samplers  # noqa: E402

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.CRITICAL)

SAMPLERS = {
    "random": samplers.RandomSampler,
    "tpe_default": samplers.TPESampler,
    "tpe_univariate": lambda seed: samplers.TPESampler(seed=seed, multivariate=False),
    "tpe_multivariate_group": lambda seed: samplers.TPESampler(seed=seed, multivariate=True, group=True),
    "gp": samplers.GPSampler,
    "cmaes": samplers.CmaEsSampler,
    "qmc": lambda seed: samplers.QMCSampler(seed=seed, scramble=True),
    "nsgaii": samplers.NSGAIISampler,
}
study = None
trial = None


def suggest(name, distribution):
    match distribution["type"]:
        case "categorical":
            return trial.suggest_categorical(name, distribution["choices"])
        case "int":
            options = {"log": True} if distribution["log"] else {"step": distribution["step"]}
            return trial.suggest_int(name, distribution["low"], distribution["high"], **options)
        case "float":
            options = {"log": distribution["log"], "step": distribution["step"]}
            return trial.suggest_float(name, distribution["low"], distribution["high"], **options)


def answer(question):
    global study, trial
    match question["ask"]:
        case "study":
            sampler = SAMPLERS[question["sampler"]](seed=question["seed"])
            study = optuna.create_study(directions=["minimize"] * question["objectives"], sampler=sampler)
        case "trial":
            trial = study.ask()
        case "suggest":
            return {"value": suggest(question["name"], question["distribution"])}
        case "tell":
            for key, value in question["constraints"].items():
                trial.set_constraint(key, value)
            study.tell(trial, question["values"])
    return {}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
