"""Layers in a row that tell ten classes apart, trained by `fit`: the same as models/layers.ts."""

import keras

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


class Training:
    def __init__(self, given, options, batch_size):
        *self.kernels, self.x, self.y = given.values()
        self.options, self.batch_size = options, batch_size
        self.model = self.build(True)

    def build(self, with_dropout):
        model = keras.Sequential([keras.Input(self.options["inputShape"])])
        for layer in self.options["layers"]:
            model.add(layer_of(layer, with_dropout))
        set_kernels(model, self.kernels)
        optimizer = keras.optimizers.Adam(self.options["learningRate"])
        model.compile(optimizer, "categorical_crossentropy", jit_compile=False)
        return model

    def loss(self):
        batch = slice(self.batch_size)
        return self.build(False).train_on_batch(self.x[batch], self.y[batch])

    def steps(self, count):
        epochs = count * self.batch_size // len(self.x)
        self.model.fit(self.x, self.y, batch_size=self.batch_size, epochs=epochs, verbose=0)
