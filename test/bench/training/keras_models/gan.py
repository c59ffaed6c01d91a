"""A small DCGAN of gray 28 × 28 images: the same as models/gan.ts."""

import keras
import tensorflow as tf
from keras import layers

from keras_models.kernels import batches_of, set_kernels


def build_generator(latent):
    strided = {"kernel_size": 5, "strides": 2, "padding": "same", "use_bias": False}
    return keras.Sequential(
        [
            keras.Input([latent]),
            layers.Dense(7 * 7 * 128, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Reshape([7, 7, 128]),
            layers.Conv2DTranspose(64, **strided),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(1, activation="tanh", **strided),
        ]
    )


def build_discriminator():
    strided = {"kernel_size": 5, "strides": 2, "padding": "same"}
    return keras.Sequential(
        [
            keras.Input([28, 28, 1]),
            layers.Conv2D(32, **strided),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(64, **strided),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


class Training:
    def __init__(self, given, options, batch_size):
        self.given, self.options, self.batch_size = given, options, batch_size
        self.batches = batches_of(given["x"], batch_size)
        self.step = self.build()

    def build(self):
        """A function that trains both for a step and gives the sum of their losses."""
        generator, discriminator = build_generator(self.options["latent"]), build_discriminator()
        set_kernels(generator, [self.given[f"generator{name}"] for name in ("Dense", "1", "2")])
        set_kernels(discriminator, [self.given[f"discriminator{name}"] for name in ("1", "2", "Dense")])
        of_discriminator, of_generator = (keras.optimizers.Adam(self.options["learningRate"]) for _ in range(2))
        of_discriminator.build(discriminator.trainable_variables)
        of_generator.build(generator.trainable_variables)
        loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
        ones = tf.ones([self.batch_size, 1])
        labels = tf.concat([tf.zeros_like(ones), ones], 0)

        @tf.function
        def step(real, for_discriminator, for_generator):
            images = tf.concat([generator(for_discriminator, training=True), real], 0)
            with tf.GradientTape() as tape:
                first = loss_of(labels, discriminator(images, training=True))
            variables = discriminator.trainable_variables
            of_discriminator.apply(tape.gradient(first, variables), variables)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                variables = generator.trainable_variables
                tape.watch([variable.value for variable in variables])
                images = generator(for_generator, training=True)
                second = loss_of(ones, discriminator(images, training=True))
            of_generator.apply(tape.gradient(second, variables), variables)
            return first + second

        return step

    def loss(self):
        size = self.batch_size
        noise = self.given["noise"]
        return self.build()(self.given["x"][:size], noise[:size], noise[size:])

    def steps(self, count):
        for _ in range(count):
            latent = [tf.random.normal([self.batch_size, self.options["latent"]]) for _ in range(2)]
            float(self.step(next(self.batches), *latent))
