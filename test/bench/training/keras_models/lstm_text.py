"""Text generation by an LSTM: the same as models/lstm-text.ts."""

import keras

from keras_models.fitted import Fitted
from keras_models.kernels import set_kernels


class Training(Fitted):
    def build(self, _):
        model = keras.Sequential(
            [
                keras.Input([self.options["length"], self.options["characters"]]),
                keras.layers.LSTM(self.options["units"]),
                keras.layers.Dense(self.options["characters"], activation="softmax"),
            ]
        )
        set_kernels(model, self.kernels)
        optimizer = keras.optimizers.RMSprop(self.options["learningRate"])
        model.compile(optimizer, "categorical_crossentropy", jit_compile=False)
        return model
