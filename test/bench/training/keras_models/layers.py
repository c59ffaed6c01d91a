"""Layers in a row that tell ten classes apart, trained by `fit`: the same as models/layers.ts."""

import keras

from keras_models.fitted import Fitted
from keras_models.kernels import set_kernels


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


class Training(Fitted):
    def build(self, with_dropout):
        model = keras.Sequential([keras.Input(self.options["inputShape"])])
        for layer in self.options["layers"]:
            model.add(layer_of(layer, with_dropout))
        set_kernels(model, self.kernels)
        optimizer = keras.optimizers.Adam(self.options["learningRate"])
        model.compile(optimizer, "categorical_crossentropy", jit_compile=False)
        return model
