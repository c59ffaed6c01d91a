"""A convolution over words: the same as models/sentiment.ts."""

import keras
from keras import layers

from keras_models.fitted import Fitted
from keras_models.kernels import set_kernels


class Training(Fitted):
    def build(self, with_dropout):
        options = self.options
        model = keras.Sequential(
            [
                keras.Input([options["length"]]),
                layers.Embedding(options["words"], options["width"]),
                layers.Dropout(0.5 if with_dropout else 0),
                layers.Conv1D(options["filters"], options["window"], activation="relu"),
                layers.GlobalMaxPooling1D(),
                layers.Dense(options["units"], activation="relu"),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        set_kernels(model, self.kernels)
        model.compile(keras.optimizers.Adam(options["learningRate"]), "binary_crossentropy", jit_compile=False)
        return model
