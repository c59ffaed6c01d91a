/**
 * The workflow as it was published, on CIFAR-10: 80 trials of up to 30 epochs on 50,000 colour images, the best retrained for 50. For a
 * machine with a GPU; the images (162 MB) are downloaded once. The network is that of fashion-mnist.study.ts, the study for two processor cores.
 */
import { defineStudy, hyperband, tpe } from "tunelens";
import { cifar10 } from "tunelens/training";
import { space, train } from "./fashion-mnist.study.js";

export const cifar10Cnn = defineStudy({
  name: "cifar10-cnn",
  direction: "minimize",
  space,
  sampler: tpe({ multivariate: true }),
  pruner: hyperband(),
  trials: 80,
  epochs: { study: 30, retrain: 50 },
  objective: async (trial) => train(trial, await cifar10()),
});
