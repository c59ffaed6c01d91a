"""A deep Q-network in a custom loop, its step a graph of TensorFlow's: the same as models/dqn.ts."""

import keras
import numpy as np
import tensorflow as tf

from keras_models.kernels import set_kernels


class Training:
    def __init__(self, given, options, batch_size):
        first, second, third, state, action, reward, following, over = given.values()
        self.kernels, self.options, self.batch_size = [first, second, third], options, batch_size
        self.memory = [state, action.astype(np.int32), reward, following, over]
        self.target = self.build()
        self.step = self.step_of(self.build())
        self.rng = np.random.default_rng(2)

    def build(self):
        units = self.options["units"]
        model = keras.Sequential(
            [
                keras.Input([self.options["states"]]),
                keras.layers.Dense(units, activation="relu"),
                keras.layers.Dense(units, activation="relu"),
                keras.layers.Dense(self.options["actions"]),
            ]
        )
        set_kernels(model, self.kernels)
        return model

    def step_of(self, online):
        """A function that trains for a step and gives the loss."""
        actions, discount = self.options["actions"], self.options["discount"]
        variables = online.trainable_variables
        optimizer = keras.optimizers.Adam(self.options["learningRate"])
        optimizer.build(variables)

        @tf.function
        def step(state, action, reward, following, over):
            best = tf.reduce_max(self.target(following, training=False), -1)
            expected = reward + discount * best * (1 - over)
            with tf.GradientTape() as tape:
                chosen = tf.reduce_sum(online(state, training=True) * tf.one_hot(action, actions), -1)
                loss = tf.reduce_mean(tf.square(expected - chosen))
            optimizer.apply(tape.gradient(loss, variables), variables)
            return loss

        return step

    def loss(self):
        return self.step_of(self.build())(*(part[: self.batch_size] for part in self.memory))

    def steps(self, count):
        for _ in range(count):
            drawn = self.rng.integers(self.options["replay"], size=self.batch_size)
            float(self.step(*(part[drawn] for part in self.memory)))
