/**
 * The published workflow on real images: how deep and how wide should a convolutional network be? Multivariate TPE proposes, Hyperband
 * stops what does not pay; then look at the importances, retrain the best for longer, freeze the parameter that dominates and
 * study the others again. The walkthrough is docs/workflow.md.
 */
import { defineStudy, hyperband, tpe } from "tunelens";
import { fashionMnist } from "tunelens/training";
import { space, train } from "./image-network.js";

/** Of the 60,000 images, for two processor cores. With a GPU take them all; from 10,000 on there are the 80 trials that were published. */
const IMAGES = 2_000;

export const fashionMnistCnn = defineStudy({
  name: "fashion-mnist-cnn",
  direction: "minimize",
  space,
  sampler: tpe({ multivariate: true }),
  pruner: hyperband(),
  trials: IMAGES < 10_000 ? 30 : 80,
  epochs: { study: 10, retrain: 30 },
  seed: 1,
  objective: async (trial) => train(trial, await fashionMnist({ limit: IMAGES })),
});
