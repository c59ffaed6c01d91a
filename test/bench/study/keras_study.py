"""Half of `npm run bench:study`: the studies of digits.study.ts and fashion.study.ts in Optuna 5 and Keras 3.

Usage: keras_study.py WHICH DATA_FOLDER DATABASE SEED TRIALS EPOCHS
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import optuna

which, folder, database, seed, trials, epochs = sys.argv[1:]
seed, trials, epochs = int(seed), int(trials), int(epochs)
layers = keras.layers
optuna.logging.set_verbosity(optuna.logging.WARNING)


def tensor(name):
    with open(f"{folder}/{name}.json") as file:
        return np.fromfile(f"{folder}/{name}.f32", dtype=np.float32).reshape(json.load(file))


data = {name: tensor(name) for name in ("train-x", "train-y", "validation-x", "validation-y")}


class Report(keras.callbacks.Callback):
    """What Tunelens' fit does: each epoch is reported, the pruner is asked."""

    def __init__(self, trial, monitor):
        super().__init__()
        self.trial, self.monitor = trial, monitor

    def on_epoch_end(self, epoch, logs=None):
        self.trial.report(logs[self.monitor], epoch)
        if self.trial.should_prune():
            raise optuna.TrialPruned()


def train(trial, model, monitor, batch_size, callbacks):
    history = model.fit(
        data["train-x"],
        data["train-y"],
        epochs=epochs,
        batch_size=batch_size,
        validation_data=(data["validation-x"], data["validation-y"]),
        callbacks=[*callbacks, Report(trial, monitor)],
        verbose=0,
    )
    return history.history[monitor]


def digits(trial):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed * 1000 + trial.number)
    conv_layers = trial.suggest_int("convLayers", 1, 3)
    filters = trial.suggest_categorical("filters", [8, 16, 32])
    dense_units = trial.suggest_int("denseUnits", 16, 128, log=True)
    dropout = trial.suggest_float("dropout", 0, 0.5, step=0.05)
    learning_rate = trial.suggest_float("learningRate", 1e-4, 1e-1, log=True)
    model = keras.Sequential([layers.Input((8, 8, 1))])
    for _ in range(conv_layers):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(dense_units, activation="relu"))
    model.add(layers.Dropout(dropout))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.Adam(learning_rate), "categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping("val_accuracy", patience=6, mode="max")
    return max(train(trial, model, "val_accuracy", 64, [stop]))


def fashion(trial):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed * 1000 + trial.number)
    dense_layers = trial.suggest_int("denseLayers", 1, 3)
    conv_layers = trial.suggest_int("convLayers", 1, 3)
    dense_nodes = trial.suggest_categorical("denseNodes", [128, 64, 32])
    conv_filters = trial.suggest_categorical("convFilters", [32, 16, 8])
    model = keras.Sequential([layers.Input((28, 28, 1))])
    for _ in range(conv_layers):
        model.add(layers.Conv2D(conv_filters, 3, padding="same", activation="relu"))
        model.add(layers.BatchNormalization())
        model.add(layers.MaxPooling2D(2))
        model.add(layers.Dropout(0.2))
    model.add(layers.Flatten())
    for _ in range(dense_layers):
        model.add(layers.Dense(dense_nodes, activation="relu"))
        model.add(layers.Dropout(0.2))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.Adam(1e-3), "categorical_crossentropy", metrics=["accuracy"])
    callbacks = [
        keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.75, patience=2, min_lr=1e-5),
        keras.callbacks.EarlyStopping("val_loss", patience=3),
    ]
    return min(train(trial, model, "val_loss", 32, callbacks))


objective, direction, min_resource = {"digits": (digits, "maximize", 2), "fashion": (fashion, "minimize", 1)}[which]
study = optuna.create_study(
    study_name="bench",
    storage=f"sqlite:///{database}",
    direction=direction,
    sampler=optuna.samplers.TPESampler(multivariate=True, seed=seed),
    pruner=optuna.pruners.HyperbandPruner(min_resource=min_resource, max_resource=15 if which == "digits" else 6),
)
study.optimize(objective, n_trials=trials)
