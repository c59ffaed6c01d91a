/**
 * The published workflow on real images, sized for two CPU cores: how deep and how wide should a convolutional network be? TPE proposes
 * networks and Hyperband prunes the unpromising ones. Then look at the importances, retrain the best trial, freeze the dominant parameter,
 * and tune the others again. docs/workflow.md walks through it.
 */
import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, hyperband, int, tpe, type InferParams, type Trial } from "tunelens";
import { earlyStopping, evaluateModel, fashionMnist, fit, reduceLROnPlateau, type ImageSet } from "tunelens/training";

/** Out of 60,000. Use them all with a GPU. */
const IMAGES = 2_000;

/** The published space with fewer filters and nodes. The defaults are the small network that you would start with. They are the first trial. */
const space = {
  denseLayers: int(1, 5, { default: 1 }),
  convLayers: int(1, 5, { default: 2 }),
  denseNodes: categorical([128, 64, 32, 16], { default: 16 }),
  convFilters: categorical([8, 4, 2], { default: 2 }),
};

type Params = InferParams<typeof space>;

export const fashionMnistCnn = defineStudy({
  name: "fashion-mnist-cnn",
  direction: "minimize",
  space,
  sampler: tpe({ multivariate: true }),
  pruner: hyperband(),
  trials: 8,
  epochs: { study: 3, retrain: 8 },
  seed: 1,
  async objective(trial) {
    // Few images are enough to compare networks. The one you keep gets more.
    const limit = trial.purpose === "retrain" ? 3 * IMAGES : IMAGES;
    const data = await fashionMnist({ limit });
    // In so few steps, batch normalization's usual momentum, 0.99, would leave its moving averages behind.
    return train(trial, buildModel(data.imageShape, 0.9, trial.params), data);
  },
});

/** Trains one network and stores its accuracy with the trial. A retrained one is tested on images that no study has seen. */
export async function train(trial: Trial, model: tf.LayersModel, data: ImageSet) {
  const history = await fit(trial, model, data, {
    batchSize: 32,
    monitor: "val_loss",
    callbacks: [
      reduceLROnPlateau({ monitor: "val_loss", factor: 0.75, patience: 5, minLr: 1e-5 }),
      earlyStopping({ monitor: "val_loss", patience: 5, restoreBestWeights: trial.purpose === "retrain" }),
    ],
  });
  trial.setUserAttr("accuracy", history.last("val_acc"));
  if (trial.purpose === "retrain") {
    const { acc } = await evaluateModel(model, data.test);
    console.log(`Accuracy on ${data.test.x.shape[0]} test images: ${acc!.toFixed(4)}`);
  }
  return { value: history.last("val_loss"), model };
}

/**
 * Each convolution has twice the filters of the one before it, and each dense layer half the units.
 * @param momentum of batch normalization.
 */
export function buildModel(
  inputShape: ImageSet["imageShape"],
  momentum: number,
  { convLayers, convFilters, denseLayers, denseNodes }: { readonly [Name in keyof Params]: number },
) {
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [...inputShape] }));
  for (let layer = 0; layer < convLayers; layer++) {
    if (layer > 0) {
      model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
      model.add(tf.layers.batchNormalization({ momentum }));
      model.add(tf.layers.dropout({ rate: 0.2 }));
    }
    const filters = convFilters * 2 ** layer;
    model.add(tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu" }));
  }
  model.add(tf.layers.flatten());
  for (let layer = 0; layer < denseLayers; layer++) {
    model.add(tf.layers.dense({ units: denseNodes / 2 ** layer, activation: "relu" }));
    if (layer > 0 && layer % 2 === 0) model.add(tf.layers.dropout({ rate: 0.2 }));
  }
  model.add(tf.layers.dense({ units: 10, activation: "softmax" }));
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}
