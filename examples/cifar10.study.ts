/**
 * The published workflow on CIFAR-10: 80 trials of up to 30 epochs on 50,000 color images, then 50 epochs for the best one. Needs a GPU.
 * Downloads the images (162 MB) once. The network is the one in fashion-mnist.study.ts, whose study is sized for two CPU cores.
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
