"""Variational autoencoders, of dense layers or of convolutions: the same as models/vae.ts."""

import keras
import tensorflow as tf
from keras import layers

from keras_models.kernels import batches_of, set_kernels

LATENT = 2


def build_encoder(is_convolutional):
    x = keras.Input([28, 28, 1] if is_convolutional else [784])
    hidden = x
    if is_convolutional:
        for filters in (32, 64):
            hidden = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(hidden)
        hidden = layers.Dense(16, activation="relu")(layers.Flatten()(hidden))
    else:
        hidden = layers.Dense(512, activation="relu")(hidden)
    return keras.Model(x, [layers.Dense(LATENT)(hidden), layers.Dense(LATENT)(hidden)])


def build_decoder(is_convolutional):
    if not is_convolutional:
        hidden = [layers.Dense(512, activation="relu"), layers.Dense(784, activation="sigmoid")]
        return keras.Sequential([keras.Input([LATENT]), *hidden])
    transposed = {"kernel_size": 3, "padding": "same"}
    return keras.Sequential(
        [
            keras.Input([LATENT]),
            layers.Dense(7 * 7 * 64, activation="relu"),
            layers.Reshape([7, 7, 64]),
            layers.Conv2DTranspose(64, strides=2, activation="relu", **transposed),
            layers.Conv2DTranspose(32, strides=2, activation="relu", **transposed),
            layers.Conv2DTranspose(1, activation="sigmoid", **transposed),
        ]
    )


class Training:
    def __init__(self, given, options, batch_size):
        self.given, self.options, self.batch_size = given, options, batch_size
        self.batches = batches_of(given["x"], batch_size)
        self.step = self.build()

    def kernels_of(self, *names):
        return [kernel for name, kernel in self.given.items() if name.startswith(names)]

    def build(self):
        """A function that trains for a step and gives the loss."""
        is_convolutional = self.options["isConvolutional"]
        encoder, decoder = build_encoder(is_convolutional), build_decoder(is_convolutional)
        set_kernels(encoder, self.kernels_of("encoder", "mean", "logVariance"))
        set_kernels(decoder, self.kernels_of("decoder"))
        variables = encoder.trainable_variables + decoder.trainable_variables
        optimizer = keras.optimizers.Adam(self.options["learningRate"])
        optimizer.build(variables)

        @tf.function
        def step(x, noise):
            with tf.GradientTape() as tape:
                mean, log_variance = encoder(x, training=True)
                z = mean + tf.exp(0.5 * log_variance) * noise
                errors = tf.square(x - decoder(z, training=True))
                divergence = 0.5 * (tf.square(mean) + tf.exp(log_variance) - log_variance - 1)
                loss = (tf.reduce_sum(errors) + tf.reduce_sum(divergence)) / self.batch_size
            optimizer.apply(tape.gradient(loss, variables), variables)
            return loss

        return step

    def loss(self):
        return self.build()(self.given["x"][: self.batch_size], self.given["noise"])

    def steps(self, count):
        for _ in range(count):
            float(self.step(next(self.batches), tf.random.normal([self.batch_size, LATENT])))
