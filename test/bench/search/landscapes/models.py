"""scikit-learn's half of `npm run bench:landscapes`: trains a model at each point of a grid, and writes what it is worth.

Usage: models.py FOLDER   → FOLDER/NAME.json
"""

import itertools
import json
import os
import sys
import warnings
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np  # noqa: E402
from sklearn import datasets, ensemble, metrics, model_selection, neural_network, preprocessing, svm  # noqa: E402

warnings.simplefilter("ignore")


def split(dataset, size):
    x, y = dataset.data, dataset.target
    x, x_test, y, y_test = model_selection.train_test_split(x, y, train_size=size, random_state=0)
    scaler = preprocessing.StandardScaler().fit(x)
    return scaler.transform(x), scaler.transform(x_test), y, y_test


def write(name, axes, values):
    """`axes`: by parameter, its values; a list holds choices, a NumPy array numbers."""
    parameters = [
        {"name": key, "type": "choice" if isinstance(axis, list) else "number", "count": len(axis)}
        for key, axis in axes.items()
    ]
    rounded = [float(f"{value:.4g}") for value in values]
    Path(sys.argv[1], f"{name}.json").write_text(json.dumps({"parameters": parameters, "values": rounded}))


def over(axes):
    for point in itertools.product(*axes.values()):
        yield dict(zip(axes, point))


def svm_digits():
    x, x_test, y, y_test = split(datasets.load_digits(), 300)
    axes = {"kernel": ["rbf", "poly", "sigmoid"], "C": np.logspace(-2, 3, 11), "gamma": np.logspace(-5, 0, 11)}
    write("svmDigits", axes, [1 - svm.SVC(**p).fit(x, y).score(x_test, y_test) for p in over(axes)])


def boosting_diabetes():
    x, x_test, y, y_test = split(datasets.load_diabetes(), 300)
    axes = {
        "learning_rate": np.logspace(-2, 0, 9),
        "max_leaf_nodes": np.array([2, 4, 8]),
        "min_samples_leaf": np.array([2, 6, 18, 54]),
        "l2_regularization": np.logspace(-1, 2, 3),
    }
    iterations = np.array([12, 25, 50, 100])
    values = []
    for p in over(axes):
        model = ensemble.HistGradientBoostingRegressor(max_iter=100, early_stopping=False, random_state=0, **p)
        staged = list(model.fit(x, y).staged_predict(x_test))
        values += [1 - metrics.r2_score(y_test, staged[count - 1]) for count in iterations]
    write("boostingDiabetes", {**axes, "max_iter": iterations}, values)


def forest_cancer():
    x, x_test, y, y_test = split(datasets.load_breast_cancer(), 250)
    axes = {
        "kind": ["ExtraTreesClassifier", "RandomForestClassifier"],
        "criterion": ["gini", "entropy"],
        "bootstrap": [False, True],
        "max_depth": np.array([1, 2, 4, 8]),
        "max_features": np.array([0.1, 0.3, 0.5, 0.7, 0.9]),
        "min_samples_leaf": np.array([1, 2, 4, 8]),
    }
    values = []
    for p in over(axes):
        model = getattr(ensemble, p.pop("kind"))(n_estimators=15, random_state=0, **p).fit(x, y)
        values.append(metrics.log_loss(y_test, model.predict_proba(x_test)))
    write("forestCancer", axes, values)


def perceptron_wine():
    x, x_test, y, y_test = split(datasets.load_wine(), 60)
    axes = {
        "activation": ["relu", "tanh", "logistic"],
        "solver": ["adam", "sgd"],
        "learning_rate_init": np.logspace(-4, 0, 9),
        "alpha": np.logspace(-4, 1, 4),
        "hidden_layer_sizes": np.array([2, 4, 8, 16]),
    }
    values = []
    for p in over(axes):
        sizes = [int(p.pop("hidden_layer_sizes"))]
        model = neural_network.MLPClassifier(sizes, max_iter=25, batch_size=20, random_state=0, **p).fit(x, y)
        values.append(min(5, metrics.log_loss(y_test, model.predict_proba(x_test))))
    write("perceptronWine", axes, values)


for make in (svm_digits, boosting_diabetes, forest_cancer, perceptron_wine):
    make()
    print(make.__name__, flush=True)
