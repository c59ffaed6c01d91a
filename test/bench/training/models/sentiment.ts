import * as tf from "@tensorflow/tfjs";
import { fitted } from "../fitted.js";
import { EXAMPLES, kernel, type Model, wholes, setKernels } from "../model.js";

const options = { words: 10_000, length: 100, width: 128, filters: 250, window: 5, units: 250, learningRate: 1e-3 };
const { words, length, width, filters, window, units, learningRate } = options;

/** Whether a review is a good one, by a convolution over its words, as TensorFlow.js's examples have it. */
export const sentiment: Model = {
  program: "sentiment",
  options,
  given: {
    embedding: kernel(words, width),
    convolution: kernel(window, width, filters),
    dense: kernel(filters, units),
    output: kernel(units, 1),
    x: wholes(words, EXAMPLES, length),
    y: wholes(2, EXAMPLES, 1),
  },
  stepsPerRound: 20,
  start: (values, flavor) => fitted(build, values, flavor),
};

function build(kernels: readonly tf.Tensor[], withDropout: boolean): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: words, outputDim: width, inputLength: length }),
      tf.layers.dropout({ rate: withDropout ? 0.5 : 0 }),
      tf.layers.conv1d({ filters, kernelSize: window, activation: "relu" }),
      tf.layers.globalMaxPooling1d({}),
      tf.layers.dense({ units, activation: "relu" }),
      tf.layers.dense({ units: 1, activation: "sigmoid" }),
    ],
  });
  setKernels(model, kernels);
  model.compile({ optimizer: tf.train.adam(learningRate), loss: "binaryCrossentropy" });
  return model;
}
