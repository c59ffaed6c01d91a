import * as tf from "@tensorflow/tfjs";
import { fitted } from "../fitted.js";
import { EXAMPLES, type Given, kernel, type Model, oneHot, setKernels } from "../model.js";

const options = { characters: 65, length: 40, units: 128, learningRate: 1e-2 };
const { characters, length, units, learningRate } = options;

/** Text generation: the next character after some, by an LSTM. Keras's default activation of gates, a sigmoid, in both. */
export const lstmText: Model = {
  program: "lstm_text",
  options,
  given: {
    kernel: kernel(characters, 4 * units),
    recurrentKernel: kernel(units, 4 * units),
    output: kernel(units, characters),
    x: text(),
    y: oneHot(EXAMPLES, characters),
  },
  stepsPerRound: 20,
  start: (values, flavor) => fitted(build, values, flavor),
};

function text(): Given {
  return { ...oneHot(EXAMPLES * length, characters), shape: [EXAMPLES, length, characters] };
}

function build(kernels: readonly tf.Tensor[]): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.lstm({ units, recurrentActivation: "sigmoid", inputShape: [length, characters] }),
      tf.layers.dense({ units: characters, activation: "softmax" }),
    ],
  });
  setKernels(model, kernels);
  model.compile({ optimizer: tf.train.rmsprop(learningRate), loss: "categoricalCrossentropy" });
  return model;
}
