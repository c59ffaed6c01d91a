/**
 * The published workflow on CIFAR-10: 80 trials of up to 30 epochs on 50,000 color images, then 50 epochs for the best one. Needs a GPU.
 * Downloads the images (162 MB) once. The network is the one in fashion-mnist.study.ts, whose study is sized for two CPU cores.
 * Trial 0 is the first network of the article, as near as the space has it: there, the dense layer had 32 units and a dropout after it.
 * Then freeze the number of convolutions, and tune the others again:
 *
 *     tunelens run cifar10.study.ts --freeze convLayers=5 --as cifar10-cnn-5-convolutions
 */
import { categorical, defineStudy, hyperband, int, tpe } from "tunelens";
import { cifar10 } from "tunelens/training";
import { buildModel, train } from "./fashion-mnist.study.js";

export const cifar10Cnn = defineStudy({
  name: "cifar10-cnn",
  direction: "minimize",
  space: {
    denseLayers: int(1, 5),
    convLayers: int(1, 5),
    denseNodes: categorical([512, 256, 128, 64]),
    convFilters: categorical([64, 32, 16]),
  },
  enqueue: [{ convLayers: 2, convFilters: 32, denseLayers: 1, denseNodes: 64 }],
  sampler: tpe({ multivariate: true }),
  pruner: hyperband(),
  trials: 80,
  epochs: { study: 30, retrain: 50 },
  storage: "sqlite:///.tunelens/studies.db",
  async objective(trial) {
    const data = await cifar10();
    return train(trial, buildModel(data.imageShape, 0.99, trial.params), data);
  },
});
