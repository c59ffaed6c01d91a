"""Optuna's half of `npm run bench:multi-fidelity`: it suggests parameters, is told losses, and says whether to prune, line by line."""

import json
import os
import sys
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
import optuna  # noqa: E402
from optuna import distributions, pruners, samplers  # noqa: E402

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.CRITICAL)

PRUNERS = {"hyperband": pruners.HyperbandPruner, "median": pruners.MedianPruner, "none": pruners.NopPruner}
study = None
running = {}


def distribution(told):
    match told["type"]:
        case "categorical":
            return distributions.CategoricalDistribution(told["choices"])
        case "int":
            return distributions.IntDistribution(told["low"], told["high"], log=told["log"], step=told["step"])
        case "float":
            return distributions.FloatDistribution(told["low"], told["high"], log=told["log"], step=told["step"])


def answer(question):
    global study
    match question["ask"]:
        case "study":
            running.clear()
            study = optuna.create_study(
                study_name=question["name"],
                sampler=samplers.TPESampler(seed=question["seed"]),
                pruner=PRUNERS[question["pruner"]](),
            )
        case "trial":
            space = {name: distribution(told) for name, told in question["space"].items()}
            trial = study.ask(space)
            running[trial.number] = trial
            return {"number": trial.number, "params": trial.params}
        case "report":
            trial = running[question["number"]]
            value = question["value"]
            trial.report(float("nan") if value is None else value, question["step"])
            return {"prune": trial.should_prune()}
        case "tell":
            trial = running.pop(question["number"])
            state = getattr(optuna.trial.TrialState, question["state"])
            study.tell(trial, question["value"], state=state)
    return {}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
