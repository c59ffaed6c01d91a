/**
 * The study of scikit-learn.study.ts in TypeScript: the same network, space, images, and budget, trained by TensorFlow.js in this process
 * instead of a program for each trial.
 */
import * as tf from "@tensorflow/tfjs";
import { defineStudy, float, hyperband, int, type InferParams } from "tunelens";
import { digits, fit } from "tunelens/training";

const space = {
  units: int(16, 128, { log: true, default: 64 }),
  layers: int(1, 3, { default: 1 }),
  lr: float(1e-4, 1e-1, { log: true, default: 1e-3 }),
  alpha: float(1e-6, 1e-1, { log: true, default: 1e-4 }),
  batchSize: int(16, 256, { log: true, default: 64 }),
};

export default defineStudy({
  name: "digits-mlp",
  direction: "maximize",
  space,
  pruner: hyperband({ minResource: 2, maxResource: 15 }),
  trials: 40,
  epochs: { study: 15, retrain: 40 },
  seed: 7,
  async objective(trial) {
    const data = await digits();
    const model = buildModel(trial.params);
    const { batchSize } = trial.params;
    const history = await fit(trial, model, data, { batchSize, monitor: "val_acc" });
    return { value: history.last("val_acc"), model };
  },
});

function buildModel({ units, layers, lr, alpha, batchSize }: InferParams<typeof space>) {
  // As scikit-learn counts it.
  const kernelRegularizer = tf.regularizers.l2({ l2: alpha / (2 * batchSize) });
  const model = tf.sequential();
  model.add(tf.layers.flatten({ inputShape: [8, 8, 1] }));
  for (let layer = 0; layer < layers; layer++)
    model.add(tf.layers.dense({ units, activation: "relu", kernelRegularizer }));
  model.add(tf.layers.dense({ units: 10, activation: "softmax", kernelRegularizer }));
  model.compile({ optimizer: tf.train.adam(lr), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}
