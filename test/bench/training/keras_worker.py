"""Keras 3 on tensorflow-cpu, an engine of `npm run bench:training`: keras_worker.py TASK VALUES. Answers questions line by line."""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

task = json.load(open(sys.argv[1]))
values = np.fromfile(sys.argv[2], dtype=np.float32)
offset = 0


def take(shape):
    global offset
    size = int(np.prod(shape))
    offset += size
    return values[offset - size : offset].reshape(shape)


weights = [take(shape) for shape in task["weightShapes"]]
x = take([task["examples"], *task["inputShape"]])
y = take([task["examples"], 10])


def layer_of(layer, with_dropout):
    kind = layer["type"]
    if kind == "conv":
        return keras.layers.Conv2D(layer["filters"], 3, padding="same", activation="relu")
    if kind == "batchNorm":
        return keras.layers.BatchNormalization()
    if kind == "maxPool":
        return keras.layers.MaxPooling2D()
    if kind == "dropout":
        return keras.layers.Dropout(layer["rate"] if with_dropout else 0)
    if kind == "flatten":
        return keras.layers.Flatten()
    return keras.layers.Dense(layer["units"], activation=layer["activation"])


def build(with_dropout):
    model = keras.Sequential([keras.Input(task["inputShape"])])
    for layer in task["layers"]:
        model.add(layer_of(layer, with_dropout))
    todo = iter(weights)
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
            layer.set_weights([next(todo), next(todo)])
    model.compile(keras.optimizers.Adam(task["learningRate"]), "categorical_crossentropy", jit_compile=False)
    return model


model = build(True)
for line in sys.stdin:
    question = json.loads(line)
    if question["ask"] == "loss":
        batch = task["batchSize"]
        answer = {"loss": float(build(False).train_on_batch(x[:batch], y[:batch]))}
    else:
        epochs = question["steps"] * task["batchSize"] // task["examples"]
        cpu, wall = time.process_time(), time.perf_counter()
        model.fit(x, y, batch_size=task["batchSize"], epochs=epochs, verbose=0)
        per_step = 1000 / question["steps"]
        answer = {
            "cpu": (time.process_time() - cpu) * per_step,
            "wall": (time.perf_counter() - wall) * per_step,
        }
    print(json.dumps(answer), flush=True)
