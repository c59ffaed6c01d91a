"""Optuna in `npm run bench:engine`: answers the questions of trials.ts, line by line."""

import importlib.util
import json
import sqlite3
import sys
import time
import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")
study = None
recorded = None


def cpu():
    return time.process_time() * 1_000


def objective(row, choices):
    return sum((x / (limit or 1) - 0.3) ** 2 / 2**i for i, (x, limit) in enumerate(zip(row, choices)))


def read(path):
    with open(path) as file:
        return json.load(file)


def in_memory(trials, sampler=None):
    made = optuna.create_study(sampler=sampler)
    distributions = {
        f"x{i}": FloatDistribution(0, 1) if limit is None else CategoricalDistribution(range(limit))
        for i, limit in enumerate(trials["choices"])
    }
    for row, value in zip(trials["params"], trials["values"]):
        params = {f"x{i}": x for i, x in enumerate(row)}
        made.add_trial(optuna.trial.create_trial(value=value, params=params, distributions=distributions))
    return made


def open_study(question):
    global study, recorded
    recorded = read(question["trials"])
    sampler = optuna.samplers.TPESampler() if question["sampler"] == "tpe" else optuna.samplers.GPSampler()
    if "database" not in question:
        study = in_memory(recorded, sampler)
        return {}
    # As in a file that Optuna itself creates.
    with sqlite3.connect(question["database"]) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    start = cpu()
    study = optuna.load_study(study_name="bench", storage=f"sqlite:///{question['database']}", sampler=sampler)
    assert len(study.trials) == len(recorded["values"])
    return {"load": cpu() - start}


def run_trials(count):
    ask = tell = 0
    for _ in range(count):
        start = cpu()
        trial = study.ask()
        row = [trial.suggest_float(f"x{i}", 0, 1) for i in range(len(recorded["choices"]))]
        ask += cpu() - start
        start = cpu()
        study.tell(trial, objective(row, recorded["choices"]))
        tell += cpu() - start
    return {"ask": ask / count, "tell": tell / count}


def importance(question):
    known = in_memory(read(question["trials"]))
    if question["method"] == "ped-anova":
        evaluator = PedAnovaImportanceEvaluator()
    else:
        evaluator = FanovaImportanceEvaluator(n_trees=question["trees"])
    start = cpu()
    evaluator.evaluate(known)
    return {"importance": cpu() - start}


def answer(question):
    match question["ask"]:
        case "optional":
            return {"has": importlib.util.find_spec(question["module"]) is not None}
        case "study":
            return open_study(question)
        case "run":
            return run_trials(question["trials"])
        case "importance":
            return importance(question)


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
