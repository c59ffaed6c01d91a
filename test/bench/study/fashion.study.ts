/** Half of `npm run bench:study`: `keras_study.py` has the same study. */
import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, hyperband, int, tpe, type InferParams } from "tunelens";
import { earlyStopping, fashionMnist, fit, reduceLROnPlateau } from "tunelens/training";

const space = {
  denseLayers: int(1, 3),
  convLayers: int(1, 3),
  denseNodes: categorical([128, 64, 32]),
  convFilters: categorical([32, 16, 8]),
};

export default defineStudy({
  name: "bench",
  direction: "minimize",
  space,
  sampler: tpe({ multivariate: true }),
  pruner: hyperband({ minResource: 1, maxResource: 6 }),
  trials: 16,
  epochs: { study: 6, retrain: 6 },
  async objective(trial) {
    const model = buildModel(trial.params);
    const history = await fit(trial, model, await fashionMnist({ limit: 5_000 }), {
      batchSize: 32,
      monitor: "val_loss",
      callbacks: [
        reduceLROnPlateau({ monitor: "val_loss", factor: 0.75, patience: 2, minLr: 1e-5 }),
        earlyStopping({ monitor: "val_loss", patience: 3 }),
      ],
    });
    return { value: history.best("val_loss"), model };
  },
});

function buildModel({ convLayers, convFilters, denseLayers, denseNodes }: InferParams<typeof space>) {
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [28, 28, 1] }));
  for (let layer = 0; layer < convLayers; layer++) {
    model.add(tf.layers.conv2d({ filters: convFilters, kernelSize: 3, padding: "same", activation: "relu" }));
    model.add(tf.layers.batchNormalization());
    model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
    model.add(tf.layers.dropout({ rate: 0.2 }));
  }
  model.add(tf.layers.flatten());
  for (let layer = 0; layer < denseLayers; layer++) {
    model.add(tf.layers.dense({ units: denseNodes, activation: "relu" }));
    model.add(tf.layers.dropout({ rate: 0.2 }));
  }
  model.add(tf.layers.dense({ units: 10, activation: "softmax" }));
  model.compile({ optimizer: tf.train.adam(1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}
