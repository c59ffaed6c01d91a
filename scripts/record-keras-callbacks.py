"""Records what Keras 3's EarlyStopping and ReduceLROnPlateau do on made-up metrics, for the tests of ours.

    pip install keras numpy scipy && KERAS_BACKEND=numpy python scripts/record-keras-callbacks.py > test/fixtures/keras-callbacks.json
"""

import json
import random

import keras


class Model:
    """As much of a model as the two callbacks touch. Its weights are the number of the epoch that just ended."""

    def __init__(self):
        self.optimizer = keras.optimizers.SGD(learning_rate=0.1)
        self.stop_training = False
        self.metrics = []
        self.weights = None

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def run(callback, name, values):
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        model.weights = epoch
        callback.on_epoch_end(epoch, {name: value})
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
        if model.stop_training:
            break
    callback.on_train_end()
    return {"epochs": len(rates), "rates": rates, "weightsOfEpoch": model.weights}


def curve(rng, length):
    level = rng.uniform(0.5, 2)
    values = []
    for _ in range(length):
        level *= rng.choice([0.85, 0.97, 1.0, 1.02, 1.1])
        values.append(float("nan") if rng.random() < 0.02 else round(level, 3))
    return values


def main():
    rng = random.Random(20)
    early, plateau = [], []
    for _ in range(150):
        mode = rng.choice(["min", "max"])
        values = [round(3 - v, 3) if mode == "max" else v for v in curve(rng, rng.randint(1, 25))]
        options = {
            "patience": rng.choice([0, 1, 2, 3, 5]),
            "min_delta": rng.choice([0, 0.0105, -0.0305]),
            "mode": mode,
            "baseline": rng.choice([None, None, 1.0005]),
            "restore_best_weights": rng.random() < 0.5,
            "start_from_epoch": rng.choice([0, 0, 2, 6]),
        }
        result = run(keras.callbacks.EarlyStopping(monitor="m", **options), "m", values)
        early.append({"options": options, "values": values, **result})
    for _ in range(150):
        mode = rng.choice(["min", "max"])
        values = [round(3 - v, 3) if mode == "max" else v for v in curve(rng, rng.randint(5, 40))]
        options = {
            "factor": rng.choice([0.1, 0.5, 0.75]),
            "patience": rng.choice([0, 1, 2, 3, 5]),
            "min_delta": rng.choice([1e-4, 0.0105]),
            "mode": mode,
            "cooldown": rng.choice([0, 0, 1, 3]),
            "min_lr": rng.choice([0.0, 0.003, 0.02]),
        }
        result = run(keras.callbacks.ReduceLROnPlateau(monitor="m", **options), "m", values)
        plateau.append({"options": options, "values": values, **result})
    # JSON has no NaN: a string stands for it.
    text = json.dumps({"keras": keras.__version__, "earlyStopping": early, "reduceLROnPlateau": plateau})
    print(text.replace("NaN", '"NaN"'))


main()
