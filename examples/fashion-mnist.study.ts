/**
 * The published workflow on real images: how deep and how wide should a convolutional network be? TPE proposes networks and Hyperband
 * prunes the unpromising ones. Then look at the importances, retrain the best trial, freeze the dominant parameter, and tune the others
 * again. docs/workflow.md walks through it.
 */
import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, hyperband, int, tpe, type InferParams, type Trial } from "tunelens";
import { earlyStopping, evaluateModel, fashionMnist, fit, reduceLROnPlateau, type ImageSet } from "tunelens/training";

/** Out of 60,000, for two CPU cores. Use them all with a GPU; from 10,000 images on, the study has the published 80 trials. */
const IMAGES = 3_000;

/** The defaults are the small network you would start with. They are the first trial. */
export const space = {
  denseLayers: int(1, 5, { default: 1 }),
  convLayers: int(1, 5, { default: 1 }),
  denseNodes: categorical([512, 256, 128, 64], { default: 64 }),
  convFilters: categorical([64, 32, 16], { default: 16 }),
};

type Params = InferParams<typeof space>;

export const fashionMnistCnn = defineStudy({
  name: "fashion-mnist-cnn",
  direction: "minimize",
  space,
  sampler: tpe({ multivariate: true }),
  pruner: hyperband(),
  trials: IMAGES < 10_000 ? 30 : 80,
  epochs: { study: 10, retrain: 30 },
  seed: 1,
  async objective(trial) {
    // Few images are enough to compare networks. The one you keep gets more.
    const limit = trial.purpose === "retrain" ? 4 * IMAGES : IMAGES;
    return train(trial, await fashionMnist({ limit }));
  },
});

/** Trains one network and stores its accuracy with the trial. A retrained one is tested on images that no study has seen. */
export async function train(trial: Trial<Params>, data: ImageSet) {
  const model = buildModel(data.imageShape, trial.params);
  const history = await fit(trial, model, data, {
    batchSize: 32,
    monitor: "val_loss",
    callbacks: [
      reduceLROnPlateau({ monitor: "val_loss", factor: 0.75, patience: 5, minLr: 1e-5 }),
      earlyStopping({ monitor: "val_loss", patience: 5, restoreBestWeights: true }),
    ],
  });
  trial.setUserAttr("accuracy", history.best("val_acc"));
  if (trial.purpose === "retrain") {
    const { acc } = await evaluateModel(model, data.test);
    console.log(`Accuracy on ${data.test.x.shape[0]} test images: ${acc!.toFixed(4)}`);
  }
  return { value: history.best("val_loss"), model };
}

function buildModel(inputShape: ImageSet["imageShape"], { convLayers, convFilters, denseLayers, denseNodes }: Params) {
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [...inputShape] }));
  for (let layer = 0; layer < convLayers; layer++) {
    model.add(tf.layers.conv2d({ filters: convFilters, kernelSize: 3, padding: "same", activation: "relu" }));
    // Few images make few batches, so moving averages must adapt quickly.
    model.add(tf.layers.batchNormalization({ momentum: 0.9 }));
    // With "same", five layers fit into 28 pixels.
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
