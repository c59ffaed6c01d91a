"""Keras 3 on tensorflow-cpu, an engine of `npm run bench:training`: keras_worker.py TASK VALUES. Answers questions line by line."""

import importlib
import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

task = json.load(open(sys.argv[1]))
values = np.fromfile(sys.argv[2], dtype=np.float32)
offset = 0


def take(shape):
    global offset
    size = int(np.prod(shape))
    offset += size
    return values[offset - size : offset].reshape(shape)


given = {each["name"]: take(each["shape"]) for each in task["given"]}
program = importlib.import_module(f"keras_models.{task['program']}")
training = program.Training(given, task["options"], task["batchSize"])

for line in sys.stdin:
    question = json.loads(line)
    if question["ask"] == "loss":
        answer = {"loss": float(training.loss())}
    else:
        cpu, wall = time.process_time(), time.perf_counter()
        training.steps(question["steps"])
        per_step = 1000 / question["steps"]
        answer = {
            "cpu": (time.process_time() - cpu) * per_step,
            "wall": (time.perf_counter() - wall) * per_step,
        }
    print(json.dumps(answer), flush=True)
