"""Optuna's half of `npm run bench:search`: the functions of functions.ts, minimized by Optuna's samplers.

Usage: optuna_search.py FUNCTION SAMPLER TRIALS SEEDS   → the best values by seed, as JSON
       optuna_search.py --values FILE                   → the functions' values at the parameters of a JSON file, to compare the two halves
"""

import json
import math
import os
import sys
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
import optuna  # noqa: E402

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def floats(trial, count, low, high):
    return [trial.suggest_float(f"x{i}", low, high) for i in range(count)]


def sphere5(trial):
    return sum(x**2 for x in floats(trial, 5, -5.12, 5.12))


def rosenbrock5(trial):
    x = floats(trial, 5, -5.0, 10.0)
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(4))


def rastrigin5(trial):
    return 50 + sum(v * v - 10 * math.cos(2 * math.pi * v) for v in floats(trial, 5, -5.12, 5.12))


HARTMANN_ALPHA = [1.0, 1.2, 3.0, 3.2]
HARTMANN_A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
HARTMANN_P = [
    [1312, 1696, 5569, 124, 8283, 5886],
    [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650],
    [4047, 8828, 8732, 5743, 1091, 381],
]


def hartmann6(trial):
    x = floats(trial, 6, 0.0, 1.0)
    distances = [sum(a * (v - 1e-4 * p) ** 2 for v, a, p in zip(x, A, P)) for A, P in zip(HARTMANN_A, HARTMANN_P)]
    return -sum(alpha * math.exp(-distance) for alpha, distance in zip(HARTMANN_ALPHA, distances))


def branin(trial):
    x = trial.suggest_float("x0", -5.0, 10.0)
    y = trial.suggest_float("x1", 0.0, 15.0)
    b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
    return (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - t) * math.cos(x) + 10


def cond_mixed(trial):
    """Conditional mixed space (model choice -> own params). Global min 0.02 at mlp, n_layers=2."""
    m = trial.suggest_categorical("model", ["svm", "rf", "mlp"])
    if m == "svm":
        k = trial.suggest_categorical("svm_kernel", ["linear", "rbf"])
        C = trial.suggest_float("svm_C", 1e-3, 1e3, log=True)
        v = 0.10 + 0.02 * (math.log10(C) - 1.0) ** 2
        if k == "rbf":
            g = trial.suggest_float("svm_gamma", 1e-5, 1e1, log=True)
            v += -0.03 + 0.015 * (math.log10(g) + 2.0) ** 2
        return v
    if m == "rf":
        n = trial.suggest_int("rf_n_estimators", 10, 500, step=10)
        dep = trial.suggest_int("rf_max_depth", 2, 32, log=True)
        mf = trial.suggest_float("rf_max_features", 0.1, 1.0, step=0.05)
        return 0.05 + 0.1 * math.exp(-n / 80.0) + 0.04 * (math.log2(dep) - 3.5) ** 2 + 0.3 * (mf - 0.4) ** 2
    L = trial.suggest_int("mlp_n_layers", 1, 3)
    lr = trial.suggest_float("mlp_lr", 1e-5, 1e-1, log=True)
    dr = trial.suggest_float("mlp_dropout", 0.0, 0.5)
    v = 0.02 + 0.03 * (math.log10(lr) + 3.0) ** 2 + 0.5 * (dr - 0.2) ** 2 + 0.02 * abs(L - 2)
    for i in range(L):
        u = trial.suggest_int(f"mlp_units_{i}", 16, 512, log=True)
        v += 0.01 * (math.log2(u) - (7.5 - 0.5 * i)) ** 2
    return v


def griewank10(trial):
    x = floats(trial, 10, -60, 60)
    waves = math.prod(math.cos(v / math.sqrt(i + 1)) for i, v in enumerate(x))
    return 1 + sum(v * v for v in x) / 4000 - waves


def sphere20(trial):
    return sum(x**2 for x in floats(trial, 20, -5.12, 5.12))


def ackley10(trial):
    x = floats(trial, 10, -32.768, 32.768)
    spread = math.sqrt(sum(v * v for v in x) / len(x))
    waves = sum(math.cos(2 * math.pi * v) for v in x) / len(x)
    return 20 + math.e - 20 * math.exp(-0.2 * spread) - math.exp(waves)


def levy8(trial):
    w = [1 + (x - 1) / 4 for x in floats(trial, 8, -10, 10)]
    middle = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return math.sin(math.pi * w[0]) ** 2 + middle + last


def ellipsoid6(trial):
    x = [v - (i - 2.5) / 2 for i, v in enumerate(floats(trial, 6, -5, 5))]
    return sum(10 ** (4 * i / 5) * sum(x[: i + 1]) ** 2 for i in range(6))


def network7(trial):
    rate = math.log10(trial.suggest_float("lr", 1e-5, 1, log=True))
    decay = math.log10(trial.suggest_float("decay", 1e-7, 1e-1, log=True))
    batch = math.log2(trial.suggest_int("batch", 8, 512, log=True))
    layers = trial.suggest_int("layers", 1, 8)
    units = trial.suggest_int("units", 16, 512, step=16)
    dropout = trial.suggest_float("dropout", 0, 0.6, step=0.05)
    optimizer = trial.suggest_categorical("optimizer", ["adam", "sgd", "rmsprop"])
    best = {"adam": -3, "sgd": -1.5, "rmsprop": -3.5}[optimizer] + 0.25 * (batch - 6)
    loss = 0.05 + 0.06 * (rate - best) ** 2 + 0.01 * (decay + rate / 2 + 2.5) ** 2
    size = 0.01 * (layers - 4) ** 2 + 0.03 * (math.log2(units) - 7.5 + 0.3 * (layers - 4)) ** 2
    return loss + size + 0.5 * (dropout - 0.25) ** 2 + {"adam": 0, "sgd": 0.01, "rmsprop": 0.02}[optimizer]


def choices8(trial):
    total, right = 0.0, []
    for i in range(8):
        names = [f"c{choice}" for choice in range(4 + i % 3)]
        index = names.index(trial.suggest_categorical(f"p{i}", names))
        best = (3 * i + 1) % len(names)
        right.append(index == best)
        if index != best:
            total += (1 + (index * 7 + i * 3) % 5) / (1 + i / 2)
    return total + sum(0.5 for a, b in zip(right, right[1:]) if a != b)


def choices3numbers4(trial):
    activation = trial.suggest_categorical("activation", ["relu", "tanh", "gelu", "selu"])
    norm = trial.suggest_categorical("norm", ["batch", "layer", "none"])
    pool = trial.suggest_categorical("pool", ["max", "average"])
    x = floats(trial, 4, 0, 1)
    shift = {"relu": 0.2, "tanh": 0.5, "gelu": 0.35, "selu": 0.8}[activation]
    scale = {"batch": 1, "layer": 1.5, "none": 3}[norm]
    offset = {"relu": 0.05, "tanh": 0.2, "gelu": 0, "selu": 0.3}[activation] + {"max": 0, "average": 0.1}[pool]
    return offset + scale * sum((v - shift - 0.1 * i) ** 2 for i, v in enumerate(x)) + (scale - 1) * 0.1


FUNCTIONS = {
    function.__name__: function
    for function in (
        *(sphere5, rosenbrock5, rastrigin5, hartmann6, branin, cond_mixed),
        *(sphere20, griewank10, ackley10, levy8, ellipsoid6, network7, choices8, choices3numbers4),
    )
}
SAMPLERS = {
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "tpe_default": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "tpe_univariate": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=False),
    "tpe_multivariate_group": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
    "qmc": lambda seed: optuna.samplers.QMCSampler(seed=seed, scramble=True),
    "nsgaii": lambda seed: optuna.samplers.NSGAIISampler(seed=seed),
}

if sys.argv[1] == "--values":
    with open(sys.argv[2]) as file:
        cases = json.load(file)
    print(json.dumps([FUNCTIONS[name](optuna.trial.FixedTrial(params)) for name, params in cases]))
else:
    function, sampler, trials, seeds = sys.argv[1:]
    best = []
    for seed in range(int(seeds)):
        study = optuna.create_study(sampler=SAMPLERS[sampler](seed))
        study.optimize(FUNCTIONS[function], n_trials=int(trials))
        best.append(study.best_value)
    print(json.dumps(best))
