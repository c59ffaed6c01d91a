"""What several models need."""

import itertools


def set_kernels(model, kernels):
    """Gives a model its kernels: weights of two axes and more, but for biases. All else stays as layers begin: biases are 0."""
    weights = [weight for weight in model.weights if len(weight.shape) > 1 and weight.name != "bias"]
    for weight, kernel in zip(weights, kernels, strict=True):
        weight.assign(kernel.reshape(weight.shape))


def batches_of(x, size):
    """The batches of an epoch in turn, for ever."""
    return itertools.cycle([x[i : i + size] for i in range(0, len(x), size)])
