/** A landscape of `npm run bench:landscapes`: how well a network of Tunelens recognizes digits after few epochs. */
import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, grid, int, nopPruner, type InferParams } from "tunelens";
import { digits, fit } from "tunelens/training";

const space = {
  optimizer: categorical(["adam", "rmsprop", "momentum"]),
  activation: categorical(["relu", "tanh", "sigmoid"]),
  dropout: int(0, 1),
  units: int(0, 3),
  rate: int(0, 7),
};

export default defineStudy({
  name: "networkDigits",
  direction: "minimize",
  space,
  sampler: grid({
    optimizer: ["adam", "rmsprop", "momentum"],
    activation: ["relu", "tanh", "sigmoid"],
    dropout: [0, 1],
    units: [0, 1, 2, 3],
    rate: [0, 1, 2, 3, 4, 5, 6, 7],
  }),
  pruner: nopPruner(),
  trials: 576,
  epochs: 4,
  seed: 0,
  async objective(trial) {
    const history = await fit(trial, buildModel(trial.params), await digits({ limit: 600 }), {
      batchSize: 32,
      monitor: "val_loss",
    });
    return Math.min(5, history.best("val_loss"));
  },
});

function buildModel({ optimizer, activation, dropout, units, rate }: InferParams<typeof space>) {
  const model = tf.sequential();
  model.add(tf.layers.flatten({ inputShape: [8, 8, 1] }));
  model.add(tf.layers.dense({ units: 8 * 2 ** units, activation }));
  model.add(tf.layers.dropout({ rate: 0.4 * dropout }));
  model.add(tf.layers.dense({ units: 10, activation: "softmax" }));
  const learningRate = 10 ** (-4 + rate / 2);
  const made = {
    adam: () => tf.train.adam(learningRate),
    rmsprop: () => tf.train.rmsprop(learningRate),
    momentum: () => tf.train.momentum(learningRate, 0.9),
  }[optimizer]();
  model.compile({ optimizer: made, loss: "categoricalCrossentropy" });
  return model;
}
