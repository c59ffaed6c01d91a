"""A small GPT, with Keras's own attention: otherwise the same as models/gpt.ts."""

import keras
from keras import layers

from keras_models.fitted import Fitted
from keras_models.kernels import set_kernels


class PositionEmbedding(layers.Layer):
    def build(self, shape):
        self.positions = self.add_weight(shape=shape[1:], initializer="zeros", name="positions")

    def call(self, x):
        return x + self.positions


class Training(Fitted):
    def build(self, _):
        width, heads, vocabulary = (self.options[name] for name in ("width", "heads", "vocabulary"))
        tokens = keras.Input([self.options["length"]])
        x = PositionEmbedding()(layers.Embedding(vocabulary, width)(tokens))
        for _ in range(self.options["blocks"]):
            normal = layers.LayerNormalization(epsilon=1e-3)(x)
            attention = layers.MultiHeadAttention(heads, width // heads)
            x = layers.Add()([x, attention(normal, normal, use_causal_mask=True)])
            wide = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization(epsilon=1e-3)(x))
            x = layers.Add()([x, layers.Dense(width)(wide)])
        output = layers.Dense(vocabulary, activation="softmax")(layers.LayerNormalization(epsilon=1e-3)(x))
        model = keras.Model(tokens, output)
        set_kernels(model, self.kernels)
        optimizer = keras.optimizers.Adam(self.options["learningRate"])
        model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False)
        return model
