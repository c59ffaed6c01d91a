/** A landscape of `npm run bench:landscapes`: what a network of Tunelens loses of digits that it squeezes, and how large it is. */
import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, grid, int, type InferParams } from "tunelens";
import { digits, fit } from "tunelens/training";

const space = {
  activation: categorical(["relu", "tanh", "elu"]),
  optimizer: categorical(["adam", "rmsprop"]),
  code: int(0, 5),
  units: int(0, 2),
  rate: int(0, 5),
};

export default defineStudy({
  name: "autoencoderDigits",
  directions: ["minimize", "minimize"],
  space,
  sampler: grid({
    activation: ["relu", "tanh", "elu"],
    optimizer: ["adam", "rmsprop"],
    code: [0, 1, 2, 3, 4, 5],
    units: [0, 1, 2],
    rate: [0, 1, 2, 3, 4, 5],
  }),
  trials: 648,
  epochs: 4,
  seed: 0,
  async objective(trial) {
    const { train, validation } = await digits({ limit: 600 });
    const model = buildModel(trial.params);
    const data = { train: { x: train.x, y: train.x }, validation: { x: validation.x, y: validation.x } };
    const history = await fit(trial, model, data, { batchSize: 32, monitor: "val_loss" });
    return [Math.min(0.5, history.best("val_loss")), Math.log2(model.countParams())];
  },
});

function buildModel({ activation, optimizer, code, units, rate }: InferParams<typeof space>) {
  const model = tf.sequential();
  model.add(tf.layers.flatten({ inputShape: [8, 8, 1] }));
  model.add(tf.layers.dense({ units: 8 * 2 ** units, activation }));
  model.add(tf.layers.dense({ units: 2 ** code, activation }));
  model.add(tf.layers.dense({ units: 8 * 2 ** units, activation }));
  model.add(tf.layers.dense({ units: 64, activation: "sigmoid" }));
  model.add(tf.layers.reshape({ targetShape: [8, 8, 1] }));
  const learningRate = 10 ** (-3.5 + rate / 2);
  model.compile({ optimizer: tf.train[optimizer](learningRate), loss: "meanSquaredError" });
  return model;
}
