/** What `npm run bench:curves` trains: each a search space, data, and the network that a configuration of the space gives. */
import * as tf from "@tensorflow/tfjs";
import { categorical, float, int, type InferParams, type Space } from "../../../../src/engine/space.js";
import { digits } from "../../../../src/tensorflow/datasets/digits.js";
import { fashionMnist } from "../../../../src/tensorflow/datasets/mnist.js";
import type { LabeledImages } from "../../../../src/tensorflow/datasets/image-set.js";
import type { Examples } from "../../../../src/tensorflow/fit-data.js";

interface Data {
  readonly train: Examples;
  readonly validation: Examples;
}

export interface Training<S extends Space = Space> {
  readonly space: S;
  readonly batchSize: number;
  readonly data: () => Promise<Data>;
  /** Compiled. */
  readonly model: (params: InferParams<S>) => tf.LayersModel;
}

const training = <const S extends Space>(definition: Training<S>) => definition as unknown as Training;

/** Images that are smaller by a factor, each pixel the mean of `pool` × `pool`. */
async function smallFashion({ limit, pool }: { readonly limit: number; readonly pool: number }): Promise<Data> {
  const { train, validation } = await fashionMnist({ limit, validation: 0.4 });
  const shrunk = ({ x, y }: LabeledImages) => ({ x: tf.avgPool(x, pool, pool, "valid"), y });
  return { train: shrunk(train), validation: shrunk(validation) };
}

const dense = (units: number, activation: "relu" | "tanh" | "elu" | "softmax" | "linear", rest: object = {}) =>
  tf.layers.dense({ units: Math.round(units), activation, ...rest });

const mlpDigits = training({
  space: {
    layers: int(1, 4),
    units: int(4, 64, { log: true }),
    learningRate: float(1e-4, 0.3, { log: true }),
    dropout: float(0, 0.6),
    decay: float(1e-6, 1e-1, { log: true }),
    activation: categorical(["relu", "tanh"]),
    optimizer: categorical(["adam", "rmsprop"]),
  },
  batchSize: 60,
  data: () => digits({ limit: 500, validation: 0.4 }),
  model({ layers, units, learningRate, dropout, decay, activation, optimizer }) {
    const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [8, 8, 1] })] });
    for (let layer = 0; layer < layers; layer++) {
      model.add(dense(units, activation, { kernelRegularizer: tf.regularizers.l2({ l2: decay }) }));
      model.add(tf.layers.dropout({ rate: dropout }));
    }
    model.add(dense(10, "softmax"));
    model.compile({ optimizer: tf.train[optimizer](learningRate), loss: "categoricalCrossentropy" });
    return model;
  },
});

const cnnFashion = training({
  space: {
    filters: int(2, 12, { log: true }),
    kernel: categorical([3, 5]),
    batchNorm: categorical([false, true]),
    units: int(4, 64, { log: true }),
    learningRate: float(3e-4, 0.3, { log: true }),
    dropout: float(0, 0.6),
    momentum: float(0.5, 0.99),
  },
  batchSize: 60,
  data: () => smallFashion({ limit: 300, pool: 2 }),
  model({ filters, kernel, batchNorm, units, learningRate, dropout, momentum }) {
    const convolution = (count: number, rest: object = {}) =>
      tf.layers.conv2d({
        filters: count,
        kernelSize: kernel,
        strides: 2,
        padding: "same",
        activation: "relu",
        ...rest,
      });
    const model = tf.sequential({ layers: [convolution(filters, { inputShape: [14, 14, 1] })] });
    if (batchNorm) model.add(tf.layers.batchNormalization());
    model.add(convolution(2 * filters));
    model.add(tf.layers.flatten());
    model.add(tf.layers.dropout({ rate: dropout }));
    model.add(dense(units, "relu"));
    model.add(dense(10, "softmax"));
    // Adam's own momentum, β₁.
    model.compile({ optimizer: tf.train.adam(learningRate, momentum), loss: "categoricalCrossentropy" });
    return model;
  },
});

/** That of `examples/fashion-mnist.study.ts` with half its nodes, and with the learning rate, which makes its 300 networks more. */
const publishedFashion = training({
  space: {
    denseLayers: int(1, 5),
    convLayers: int(1, 5),
    denseNodes: categorical([64, 32, 16, 8]),
    convFilters: categorical([8, 4, 2]),
    learningRate: float(3e-4, 0.1, { log: true }),
  },
  batchSize: 60,
  data: () => smallFashion({ limit: 300, pool: 2 }),
  model({ denseLayers, convLayers, denseNodes, convFilters, learningRate }) {
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [14, 14, 1] })] });
    for (let layer = 0; layer < convLayers; layer++) {
      if (layer > 0) {
        model.add(tf.layers.maxPooling2d({ poolSize: 2, padding: "same" }));
        model.add(tf.layers.batchNormalization());
        model.add(tf.layers.dropout({ rate: 0.2 }));
      }
      const filters = convFilters * 2 ** layer;
      model.add(tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu" }));
    }
    model.add(tf.layers.flatten());
    for (let layer = 0; layer < denseLayers; layer++) {
      model.add(dense(denseNodes / 2 ** layer, "relu"));
      if (layer > 0 && layer % 2 === 0) model.add(tf.layers.dropout({ rate: 0.2 }));
    }
    model.add(dense(10, "softmax"));
    model.compile({ optimizer: tf.train.adam(learningRate), loss: "categoricalCrossentropy" });
    return model;
  },
});

/** The lower half of a digit from its upper one. */
const regressionDigits = training({
  space: {
    layers: int(1, 4),
    units: int(4, 96, { log: true }),
    learningRate: float(1e-4, 0.3, { log: true }),
    decay: float(1e-7, 1e-2, { log: true }),
    activation: categorical(["relu", "tanh", "elu"]),
    optimizer: categorical(["adam", "rmsprop", "sgd"]),
  },
  batchSize: 80,
  async data() {
    const { train, validation } = await digits({ limit: 400, validation: 0.4 });
    const halves = ({ x }: LabeledImages) => {
      const [upper, lower] = tf.split(x.reshape<tf.Tensor2D>([-1, 64]), 2, 1);
      return { x: upper!, y: lower! };
    };
    return { train: halves(train), validation: halves(validation) };
  },
  model({ layers, units, learningRate, decay, activation, optimizer }) {
    const kernelRegularizer = () => tf.regularizers.l2({ l2: decay });
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [32] })] });
    for (let layer = 0; layer < layers; layer++)
      model.add(dense(units, activation, { kernelRegularizer: kernelRegularizer() }));
    model.add(dense(32, "linear"));
    // Plain gradient descent takes larger steps.
    const rate = optimizer === "sgd" ? 10 * learningRate : learningRate;
    model.compile({ optimizer: tf.train[optimizer](rate), loss: "meanSquaredError" });
    return model;
  },
});

/** The label's one-hot code as numbers, by gradient descent with momentum and learning rates up to where losses are infinite. */
const divergingFashion = training({
  space: {
    layers: int(1, 3),
    units: int(4, 64, { log: true }),
    learningRate: float(1e-2, 100, { log: true }),
    momentum: float(0, 0.99),
    spread: float(0.2, 3, { log: true }),
    activation: categorical(["relu", "tanh"]),
  },
  batchSize: 80,
  data: () => smallFashion({ limit: 400, pool: 4 }),
  model({ layers, units, learningRate, momentum, spread, activation }) {
    const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [7, 7, 1] })] });
    for (let layer = 0; layer < layers; layer++) {
      const kernelInitializer = tf.initializers.varianceScaling({
        scale: spread,
        mode: "fanIn",
        distribution: "normal",
      });
      model.add(dense(units, activation, { kernelInitializer }));
    }
    model.add(dense(10, "linear"));
    model.compile({ optimizer: tf.train.momentum(learningRate, momentum), loss: "meanSquaredError" });
    return model;
  },
});

/** By the name of the table. */
export const trainings: Readonly<Record<string, Training>> = {
  mlpDigits,
  regressionDigits,
  divergingFashion,
  cnnFashion,
  publishedFashion,
};
