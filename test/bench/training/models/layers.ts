import * as tf from "@tensorflow/tfjs";
import { digits } from "../../../../src/tensorflow/datasets/digits.js";
import { fitted } from "../fitted.js";
import { EXAMPLES, type Given, kernel, type Model, oneHot, setKernels, uniform } from "../model.js";

/** Convolutions are 3 × 3, padded to keep the size, with a ReLU. */
export type Layer =
  | { readonly type: "conv"; readonly filters: number }
  | { readonly type: "batchNorm" }
  | { readonly type: "maxPool" }
  | { readonly type: "dropout"; readonly rate: number }
  | { readonly type: "flatten" }
  | { readonly type: "dense"; readonly units: number; readonly activation: "relu" | "softmax" };

interface Network {
  /** Of one example. */
  readonly inputShape: readonly number[];
  readonly layers: readonly Layer[];
  readonly stepsPerRound: number;
}

const LEARNING_RATE = 1e-3;

const block = (filters: number, convolutions: number): Layer[] => [
  ...Array.from({ length: convolutions }, (): Layer => ({ type: "conv", filters })),
  { type: "batchNorm" },
  { type: "maxPool" },
  { type: "dropout", rate: 0.25 },
];
const head = (...units: number[]): Layer[] => [
  { type: "flatten" },
  ...units.map((count): Layer => ({ type: "dense", units: count, activation: "relu" })),
  { type: "dense", units: 10, activation: "softmax" },
];

export const smallCnn = classifier({
  inputShape: [32, 32, 3],
  layers: [...block(16, 1), ...block(32, 1), ...head(64)],
  stepsPerRound: 20,
});
export const wideCnn = classifier({
  inputShape: [32, 32, 3],
  layers: [...block(32, 2), ...block(64, 2), ...head(128)],
  stepsPerRound: 10,
});
export const digitsMlp = classifier(
  { inputShape: [8, 8, 1], layers: head(128, 64), stepsPerRound: 200 },
  {
    x: { shape: [EXAMPLES, 8, 8, 1], draw: async () => [...(await someDigits("x"))] },
    y: { shape: [EXAMPLES, 10], draw: async () => [...(await someDigits("y"))] },
  },
);

async function someDigits(which: "x" | "y"): Promise<tf.TypedArray> {
  return (await digits()).train[which].slice(0, EXAMPLES).data();
}

/** A network of layers in a row that tells ten classes apart, trained by `fit`. */
function classifier(
  network: Network,
  data: Readonly<Record<"x" | "y", Given>> = {
    x: uniform(EXAMPLES, ...network.inputShape),
    y: oneHot(EXAMPLES, 10),
  },
): Model {
  const { inputShape, layers, stepsPerRound } = network;
  return {
    program: "layers",
    options: { inputShape, layers, learningRate: LEARNING_RATE },
    given: { ...kernelsOf(network), ...data },
    stepsPerRound,
    start: (values, flavor) => fitted((kernels, withDropout) => build(network, kernels, withDropout), values, flavor),
  };
}

function kernelsOf({ inputShape, layers }: Network): Record<string, Given> {
  let shape = [...inputShape];
  const kernels: Record<string, Given> = {};
  for (const [i, layer] of layers.entries()) {
    if (layer.type === "conv") {
      kernels[`kernel ${i}`] = kernel(3, 3, shape[2]!, layer.filters);
      shape = [shape[0]!, shape[1]!, layer.filters];
    } else if (layer.type === "dense") {
      kernels[`kernel ${i}`] = kernel(shape[0]!, layer.units);
      shape = [layer.units];
    } else if (layer.type === "maxPool") shape = [shape[0]! / 2, shape[1]! / 2, shape[2]!];
    else if (layer.type === "flatten") shape = [tf.util.sizeFromShape(shape)];
  }
  return kernels;
}

function build({ inputShape, layers }: Network, kernels: readonly tf.Tensor[], withDropout: boolean): tf.LayersModel {
  const network = tf.sequential();
  network.add(tf.layers.inputLayer({ inputShape: [...inputShape] }));
  for (const layer of layers) network.add(layerOf(layer, withDropout));
  setKernels(network, kernels);
  network.compile({ optimizer: tf.train.adam(LEARNING_RATE), loss: "categoricalCrossentropy" });
  return network;
}

function layerOf(layer: Layer, withDropout: boolean): tf.layers.Layer {
  switch (layer.type) {
    case "conv":
      return tf.layers.conv2d({ filters: layer.filters, kernelSize: 3, padding: "same", activation: "relu" });
    case "batchNorm":
      return tf.layers.batchNormalization();
    case "maxPool":
      return tf.layers.maxPooling2d({ poolSize: 2 });
    case "dropout":
      return tf.layers.dropout({ rate: withDropout ? layer.rate : 0 });
    case "flatten":
      return tf.layers.flatten();
    case "dense":
      return tf.layers.dense({ units: layer.units, activation: layer.activation });
  }
}
