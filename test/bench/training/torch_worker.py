"""PyTorch on the CPU, an engine of `npm run bench:training`: torch_worker.py TASK VALUES. Answers questions line by line."""

import json
import sys
import time

import numpy as np
import torch
from torch import nn

task = json.load(open(sys.argv[1]))
values = np.fromfile(sys.argv[2], dtype=np.float32)
offset = 0


def take(shape):
    global offset
    size = int(np.prod(shape))
    offset += size
    return torch.from_numpy(values[offset - size : offset].reshape(shape).copy())


*kernels, x, y = (take(given["shape"]) for given in task["given"])
x, y = x.permute(0, 3, 1, 2).contiguous(), y.argmax(1)
options = task["options"]


class ChannelsLastFlatten(nn.Module):
    """The order in which TensorFlow flattens."""

    def forward(self, images):
        return images.permute(0, 2, 3, 1).flatten(1)


def build(with_dropout):
    layers, todo = [], iter(kernels)
    for layer in options["layers"]:
        kind = layer["type"]
        if kind == "conv":
            kernel = next(todo)
            conv = nn.Conv2d(kernel.shape[2], kernel.shape[3], 3, padding=1)
            conv.weight.data = kernel.permute(3, 2, 0, 1).clone()
            conv.bias.data.zero_()
            layers += [conv, nn.ReLU()]
            channels = kernel.shape[3]
        elif kind == "batchNorm":
            layers.append(nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01))
        elif kind == "maxPool":
            layers.append(nn.MaxPool2d(2))
        elif kind == "dropout":
            layers.append(nn.Dropout(layer["rate"] if with_dropout else 0))
        elif kind == "flatten":
            layers.append(ChannelsLastFlatten())
        else:
            kernel = next(todo)
            dense = nn.Linear(*kernel.shape)
            dense.weight.data = kernel.T.clone()
            dense.bias.data.zero_()
            layers += [dense, nn.ReLU()] if layer["activation"] == "relu" else [dense]
    model = nn.Sequential(*layers)
    return model, torch.optim.Adam(model.parameters(), lr=options["learningRate"], eps=1e-7)


def step(model, optimizer, indices):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x[indices]), y[indices])
    loss.backward()
    optimizer.step()
    return loss


model, optimizer = build(True)
batch = task["batchSize"]
for line in sys.stdin:
    question = json.loads(line)
    if question["ask"] == "loss":
        answer = {"loss": step(*build(False), torch.arange(batch)).item()}
    else:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(question["steps"] * batch // len(x)):
            for indices in torch.randperm(len(x)).split(batch):
                step(model, optimizer, indices)
        per_step = 1000 / question["steps"]
        answer = {
            "cpu": (time.process_time() - cpu) * per_step,
            "wall": (time.perf_counter() - wall) * per_step,
        }
    print(json.dumps(answer), flush=True)
