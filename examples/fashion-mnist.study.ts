/**
 * The published workflow on real images: how deep and how wide should a convolutional network be? Multivariate TPE proposes, Hyperband
 * stops what does not pay, 80 trials; then look at the importances and retrain the best for longer.
 *
 * Sized for two processor cores: 1,000 of the 60,000 images. With more patience, turn up IMAGES.
 */
import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, hyperband, int, tpe, type InferParams } from "tunelens";
import { earlyStopping, fashionMnist, fit, reduceLROnPlateau } from "tunelens/training";

const IMAGES = 1_000;

const space = {
  denseLayers: int(1, 5),
  convLayers: int(1, 5),
  denseNodes: categorical([512, 256, 128, 64]),
  convFilters: categorical([64, 32, 16]),
};

export const fashionMnistCnn = defineStudy({
  name: "fashion-mnist-cnn",
  direction: "minimize",
  space,
  sampler: tpe({ multivariate: true }),
  pruner: hyperband(),
  trials: 80,
  epochs: { study: 10, retrain: 30 },
  async objective(trial) {
    const data = await fashionMnist({ limit: IMAGES });
    const model = buildModel(trial.params);
    const history = await fit(trial, model, data, {
      batchSize: 32,
      monitor: "val_loss",
      callbacks: [
        reduceLROnPlateau({ monitor: "val_loss", factor: 0.75, patience: 5, minLr: 1e-5 }),
        earlyStopping({ monitor: "val_loss", patience: 5, restoreBestWeights: true }),
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
    // "same" keeps a last pixel, so that five layers fit into 28 pixels.
    model.add(tf.layers.maxPooling2d({ poolSize: 2, padding: "same" }));
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
