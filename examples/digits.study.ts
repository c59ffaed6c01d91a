/**
 * Which small network, trained how, recognizes 8×8 images of handwritten digits best? Takes under half a minute on two CPU cores.
 * In VS Code, select "Start Study" above the study. In a terminal, run `tunelens run digits.study.ts`.
 */
import * as tf from "@tensorflow/tfjs";
import { branch, categorical, defineStudy, float, hyperband, int, tpe, type InferParams } from "tunelens";
import { digits, earlyStopping, fit } from "tunelens/training";

const space = {
  convLayers: int(1, 3),
  filters: categorical([8, 16, 32]),
  denseUnits: int(16, 128, { log: true }),
  dropout: float(0, 0.5, { step: 0.05 }),
  optimizer: branch({
    adam: { learningRate: float(1e-4, 1e-1, { log: true }) },
    sgd: { learningRate: float(1e-3, 1, { log: true }), momentum: float(0, 0.95) },
  }),
};

export default defineStudy({
  name: "digits",
  direction: "maximize",
  space,
  sampler: tpe({ multivariate: true }),
  pruner: hyperband({ minResource: 2, maxResource: 15 }),
  trials: 40,
  epochs: { study: 15, retrain: 40 },
  seed: 7,
  async objective(trial) {
    const data = await digits();
    const model = buildModel(trial.params);
    const history = await fit(trial, model, data, {
      batchSize: 64,
      monitor: "val_acc",
      callbacks: [earlyStopping({ monitor: "val_acc", patience: 6, restoreBestWeights: true })],
    });
    return { value: history.best("val_acc"), model };
  },
});

function buildModel({ convLayers, filters, denseUnits, dropout, optimizer }: InferParams<typeof space>) {
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [8, 8, 1] }));
  for (let layer = 0; layer < convLayers; layer++) {
    model.add(tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu" }));
    model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  }
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: denseUnits, activation: "relu" }));
  model.add(tf.layers.dropout({ rate: dropout }));
  model.add(tf.layers.dense({ units: 10, activation: "softmax" }));
  model.compile({ optimizer: buildOptimizer(optimizer), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

function buildOptimizer(optimizer: InferParams<typeof space>["optimizer"]) {
  switch (optimizer.kind) {
    case "adam":
      return tf.train.adam(optimizer.learningRate);
    case "sgd":
      return tf.train.momentum(optimizer.learningRate, optimizer.momentum);
  }
}
