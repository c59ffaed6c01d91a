import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { backendUnderTest as backend, workspace } from "./backends/provisioned.js";

/**
 * Every kind of layer on every backend that this machine has: loss and gradients against plain `cpu`. On wasm, whose kernels are ours,
 * also against the change of the loss itself along the gradient, which needs no other backend to be right.
 */
interface Case {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly layers: () => tf.layers.Layer[];
  /** Inputs are whole numbers below this (for look-ups). Default: real numbers, and their gradient is checked too. */
  readonly vocabulary?: number;
  /** Where TensorFlow.js's `cpu` has this gradient wrong, or has none. */
  readonly cpu?: "wrong" | "none";
}

const { layers } = tf;
const flatDense = () => [layers.flatten(), layers.dense({ units: 3, activation: "tanh" })];
const image = [7, 6, 3];

const conv = (options: Partial<Parameters<typeof layers.conv2d>[0]>) => () => [
  layers.conv2d({ filters: 4, kernelSize: 3, activation: "tanh", ...options }),
  layers.conv2d({ filters: 2, kernelSize: 2, activation: "sigmoid" }),
  ...flatDense(),
];

const cases: readonly Case[] = [
  {
    name: "dense",
    inputShape: [5],
    layers: () => [layers.dense({ units: 7, activation: "tanh" }), layers.dense({ units: 3 })],
  },
  ...(["elu", "selu", "softplus", "softsign", "swish", "gelu", "softmax", "sigmoid", "mish"] as const).map(
    (activation): Case => ({
      name: `dense, ${activation}`,
      inputShape: [5],
      layers: () => [layers.dense({ units: 6, activation }), layers.dense({ units: 3 })],
    }),
  ),
  {
    name: "conv1d, stride 1, same",
    inputShape: [9, 3],
    layers: () => [layers.conv1d({ filters: 4, kernelSize: 3, padding: "same", activation: "tanh" }), ...flatDense()],
  },
  {
    name: "conv1d, stride 2, same",
    inputShape: [9, 3],
    layers: () => [
      layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
      ...flatDense(),
    ],
  },
  { name: "conv2d, valid", inputShape: image, layers: conv({}) },
  { name: "conv2d, same", inputShape: image, layers: conv({ padding: "same" }) },
  { name: "conv2d, stride 2, valid", inputShape: [10, 9, 3], layers: conv({ strides: 2 }) },
  { name: "conv2d, stride 2, same", inputShape: image, layers: conv({ strides: 2, padding: "same" }) },
  { name: "conv2d, stride 3 over kernel 2", inputShape: [11, 10, 3], layers: conv({ strides: 3, kernelSize: 2 }) },
  {
    name: "conv2d, strides 1 and 2, kernel 5 × 3",
    inputShape: [9, 9, 2],
    layers: conv({ strides: [1, 2], kernelSize: [5, 3], padding: "same" }),
  },
  { name: "conv2d, 1 × 1", inputShape: image, layers: conv({ kernelSize: 1 }) },
  {
    name: "conv1d, dilated",
    inputShape: [11, 3],
    cpu: "none",
    layers: () => [
      layers.conv1d({ filters: 4, kernelSize: 3, dilationRate: 2, activation: "sigmoid" }),
      ...flatDense(),
    ],
  },
  {
    name: "conv2d, dilated, valid",
    inputShape: [9, 8, 3],
    cpu: "none",
    layers: conv({ dilationRate: 2, activation: "elu" }),
  },
  {
    name: "conv2d, dilated by 3 and 2, same",
    inputShape: [9, 8, 3],
    cpu: "none",
    layers: conv({ dilationRate: [3, 2], padding: "same", activation: "elu" }),
  },
  {
    name: "depthwiseConv2d, dilated",
    inputShape: [9, 8, 3],
    cpu: "none",
    layers: () => [
      layers.depthwiseConv2d({
        kernelSize: 3,
        dilationRate: 2,
        depthMultiplier: 2,
        padding: "same",
        activation: "tanh",
      }),
      ...flatDense(),
    ],
  },
  {
    name: "separableConv2d, dilated",
    inputShape: [9, 8, 3],
    cpu: "none",
    layers: () => [
      layers.separableConv2d({ filters: 4, kernelSize: 3, dilationRate: 2, activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "conv2dTranspose, stride 1",
    inputShape: [4, 5, 3],
    layers: () => [layers.conv2dTranspose({ filters: 4, kernelSize: 3, activation: "tanh" }), ...flatDense()],
  },
  {
    name: "conv2dTranspose, stride 2, same",
    inputShape: [4, 5, 3],
    layers: () => [
      layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "conv2dTranspose, stride 3 over kernel 2",
    inputShape: [4, 5, 3],
    layers: () => [
      layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 3, activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "conv3d",
    inputShape: [5, 5, 4, 2],
    layers: () => [
      layers.conv3d({ filters: 3, kernelSize: 2, activation: "tanh" }),
      layers.conv3d({ filters: 2, kernelSize: 2, padding: "same", activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "conv3d, stride 2",
    inputShape: [5, 5, 4, 2],
    layers: () => [
      layers.conv3d({ filters: 3, kernelSize: 2, strides: 2, padding: "same", activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "depthwiseConv2d",
    inputShape: image,
    layers: () => [layers.depthwiseConv2d({ kernelSize: 3, activation: "tanh" }), ...flatDense()],
  },
  {
    name: "depthwiseConv2d, stride 2, same, multiplier 3",
    inputShape: image,
    layers: () => [
      layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "same", depthMultiplier: 3, activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "separableConv2d",
    inputShape: image,
    layers: () => [
      layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, padding: "same", activation: "tanh" }),
      layers.separableConv2d({ filters: 2, kernelSize: 2, activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "maxPooling1d",
    inputShape: [9, 3],
    layers: () => [
      layers.dense({ units: 4, activation: "tanh" }),
      layers.maxPooling1d({ poolSize: 2 }),
      ...flatDense(),
    ],
  },
  {
    name: "maxPooling2d",
    inputShape: image,
    layers: () => [
      layers.conv2d({ filters: 4, kernelSize: 2, activation: "tanh" }),
      layers.maxPooling2d({ poolSize: 2 }),
      ...flatDense(),
    ],
  },
  {
    name: "maxPooling2d, overlapping, same",
    inputShape: image,
    layers: () => [
      layers.conv2d({ filters: 4, kernelSize: 2, activation: "tanh" }),
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
      ...flatDense(),
    ],
  },
  {
    name: "maxPooling3d",
    inputShape: [4, 5, 6, 2],
    layers: () => [
      layers.dense({ units: 3, activation: "tanh" }),
      layers.maxPooling3d({ poolSize: 2, padding: "same" }),
      ...flatDense(),
    ],
  },
  {
    name: "averagePooling1d",
    inputShape: [9, 3],
    layers: () => [
      layers.dense({ units: 4, activation: "tanh" }),
      layers.averagePooling1d({ poolSize: 2 }),
      ...flatDense(),
    ],
  },
  {
    name: "averagePooling2d",
    inputShape: image,
    layers: () => [
      layers.conv2d({ filters: 4, kernelSize: 2, activation: "tanh" }),
      layers.averagePooling2d({ poolSize: 2 }),
      ...flatDense(),
    ],
  },
  {
    name: "averagePooling2d, overlapping, same",
    cpu: "wrong",
    inputShape: image,
    layers: () => [
      layers.conv2d({ filters: 4, kernelSize: 2, activation: "tanh" }),
      layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" }),
      ...flatDense(),
    ],
  },
  {
    name: "averagePooling3d",
    inputShape: [4, 5, 6, 2],
    layers: () => [
      layers.dense({ units: 3, activation: "tanh" }),
      layers.averagePooling3d({ poolSize: 2 }),
      ...flatDense(),
    ],
  },
  {
    name: "averagePooling3d, overlapping, same",
    cpu: "wrong",
    inputShape: [4, 5, 6, 2],
    layers: () => [
      layers.dense({ units: 3, activation: "tanh" }),
      layers.averagePooling3d({ poolSize: 3, strides: 2, padding: "same" }),
      ...flatDense(),
    ],
  },
  {
    name: "globalMaxPooling1d",
    inputShape: [9, 3],
    layers: () => [layers.globalMaxPooling1d(), layers.dense({ units: 2 })],
  },
  {
    name: "globalMaxPooling2d",
    inputShape: image,
    layers: () => [layers.globalMaxPooling2d({}), layers.dense({ units: 2 })],
  },
  {
    name: "globalAveragePooling1d",
    inputShape: [9, 3],
    layers: () => [layers.globalAveragePooling1d(), layers.dense({ units: 2 })],
  },
  {
    name: "globalAveragePooling2d",
    inputShape: image,
    layers: () => [layers.globalAveragePooling2d({}), layers.dense({ units: 2 })],
  },
  {
    name: "batchNormalization over features",
    inputShape: [5],
    layers: () => [
      layers.dense({ units: 6 }),
      layers.batchNormalization(),
      layers.dense({ units: 2, activation: "tanh" }),
    ],
  },
  {
    name: "batchNormalization over images",
    inputShape: image,
    layers: () => [
      layers.conv2d({ filters: 4, kernelSize: 3 }),
      layers.batchNormalization(),
      layers.activation({ activation: "tanh" }),
      ...flatDense(),
    ],
  },
  {
    name: "batchNormalization over images, channels first",
    inputShape: [3, 7, 6],
    layers: () => [layers.batchNormalization({ axis: 1 }), ...flatDense()],
  },
  {
    name: "batchNormalization over a middle axis",
    inputShape: [4, 3, 5],
    layers: () => [layers.dense({ units: 6 }), layers.batchNormalization({ axis: 2 }), ...flatDense()],
  },
  {
    name: "batchNormalization over volumes",
    inputShape: [3, 2, 4, 3],
    layers: () => [layers.batchNormalization(), layers.activation({ activation: "tanh" }), ...flatDense()],
  },
  {
    name: "batchNormalization without gamma, without beta",
    inputShape: [5],
    layers: () => [
      layers.dense({ units: 6 }),
      layers.batchNormalization({ scale: false }),
      layers.dense({ units: 4, activation: "tanh" }),
      layers.batchNormalization({ center: false }),
      layers.dense({ units: 2, activation: "tanh" }),
    ],
  },
  {
    name: "layerNormalization",
    inputShape: [4, 5],
    layers: () => [layers.dense({ units: 6 }), layers.layerNormalization(), ...flatDense()],
  },
  {
    name: "dropout",
    inputShape: [20],
    layers: () => [
      layers.dense({ units: 16, activation: "tanh" }),
      layers.dropout({ rate: 0.4, seed: 3 }),
      layers.dense({ units: 2 }),
    ],
  },
  {
    name: "spatialDropout1d",
    inputShape: [6, 4],
    layers: () => [
      layers.dense({ units: 6, activation: "tanh" }),
      layers.spatialDropout1d({ rate: 0.4, seed: 3 }),
      ...flatDense(),
    ],
  },
  {
    name: "embedding",
    inputShape: [6],
    vocabulary: 9,
    layers: () => [layers.embedding({ inputDim: 9, outputDim: 4 }), ...flatDense()],
  },
  {
    name: "embedding, masked, then lstm",
    inputShape: [6],
    vocabulary: 5,
    layers: () => [
      layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true }),
      layers.lstm({ units: 3 }),
      layers.dense({ units: 2 }),
    ],
  },
  {
    name: "simpleRNN",
    inputShape: [5, 3],
    layers: () => [layers.simpleRNN({ units: 4, returnSequences: true }), layers.simpleRNN({ units: 3 })],
  },
  {
    name: "lstm",
    inputShape: [5, 3],
    layers: () => [
      layers.lstm({ units: 4, returnSequences: true, recurrentActivation: "sigmoid" }),
      layers.lstm({ units: 3, recurrentActivation: "sigmoid" }),
    ],
  },
  {
    name: "gru",
    inputShape: [5, 3],
    layers: () => [
      layers.gru({ units: 4, returnSequences: true, recurrentActivation: "sigmoid" }),
      layers.gru({ units: 3, recurrentActivation: "sigmoid" }),
    ],
  },
  {
    name: "bidirectional",
    inputShape: [5, 3],
    layers: () => [
      layers.bidirectional({
        layer: layers.gru({ units: 4, recurrentActivation: "sigmoid" }),
        mergeMode: "concat",
      }),
      layers.dense({ units: 2 }),
    ],
  },
  {
    name: "timeDistributed",
    inputShape: [5, 3],
    layers: () => [layers.timeDistributed({ layer: layers.dense({ units: 4, activation: "tanh" }) }), ...flatDense()],
  },
  {
    name: "convLstm2d",
    inputShape: [3, 5, 5, 2],
    layers: () => [layers.convLstm2d({ filters: 2, kernelSize: 3, recurrentActivation: "sigmoid" }), ...flatDense()],
  },
  {
    name: "upSampling2d",
    inputShape: [3, 4, 2],
    layers: () => [
      layers.upSampling2d({}),
      layers.conv2d({ filters: 3, kernelSize: 2, activation: "tanh" }),
      ...flatDense(),
    ],
    cpu: "wrong",
  },
  {
    name: "zeroPadding2d, cropping2D",
    inputShape: image,
    layers: () => [
      layers.zeroPadding2d({ padding: 2 }),
      layers.conv2d({ filters: 3, kernelSize: 2, activation: "tanh" }),
      layers.cropping2D({
        cropping: [
          [1, 0],
          [2, 1],
        ],
      }),
      ...flatDense(),
    ],
  },
  {
    name: "repeatVector, permute, reshape",
    inputShape: [6],
    layers: () => [
      layers.repeatVector({ n: 3 }),
      layers.permute({ dims: [2, 1] }),
      layers.dense({ units: 4, activation: "tanh" }),
      layers.reshape({ targetShape: [8, 3] }),
      ...flatDense(),
    ],
  },
  {
    name: "leakyReLU, prelu away from 0",
    inputShape: [5],
    layers: () => [
      layers.dense({ units: 6 }),
      layers.leakyReLU(),
      layers.dense({ units: 4 }),
      layers.prelu(),
      layers.dense({ units: 2 }),
    ],
  },
];

interface Gradients {
  readonly loss: number;
  readonly byVariable: readonly Float32Array[];
  /** Per variable, the loss's slope along its gradient; equals the gradient's length where that is right. */
  readonly slopes: readonly number[];
}

async function gradientsOf(testCase: Case, withSlopes: boolean): Promise<Gradients> {
  const batch = 4;
  const registered = new Set(Object.keys(tf.engine().registeredVariables));
  const inputShape = [...testCase.inputShape];
  const model = tf.sequential({ layers: [layers.inputLayer({ inputShape }), ...testCase.layers()] });
  model.setWeights(model.weights.map(({ shape }, i) => wave(shape as number[], 1.1 + 0.37 * i, 0.6)));
  const x = testCase.vocabulary
    ? tf.tensor(lookups(batch * tf.util.sizeFromShape(inputShape), testCase.vocabulary), [batch, ...inputShape])
    : tf.variable(wave([batch, ...inputShape], 0.73, 1), true);
  const outputShape = [batch, ...(model.outputs[0]!.shape.slice(1) as number[])];
  const target = wave(outputShape, 0.91, 1);
  const loss = () =>
    tf.tidy(() =>
      tf.losses.meanSquaredError<tf.Tensor, tf.Scalar>(target, model.apply(x, { training: true }) as tf.Tensor),
    );
  const variables = Object.entries(tf.engine().registeredVariables).flatMap(([name, variable]) =>
    registered.has(name) || !variable.trainable ? [] : [variable],
  );
  const { value, grads } = tf.variableGrads(loss, variables);
  const gradients = variables.map(({ name }) => grads[name]!);
  const byVariable = await Promise.all(gradients.map((gradient) => gradient.data<"float32">()));
  const slopes: number[] = [];
  if (withSlopes)
    for (const [i, variable] of variables.entries()) slopes.push(await slopeAlong(loss, variable, gradients[i]!));
  return { loss: (await value.data())[0]!, byVariable: byVariable.map((vector) => vector.slice()), slopes };
}

/** Central differences at two distances, extrapolated to none, so that the loss's curvature does not show. */
async function slopeAlong(loss: () => tf.Scalar, variable: tf.Variable, gradient: tf.Tensor): Promise<number> {
  const start = variable.clone();
  const direction = gradient.div(gradient.norm());
  const lossAt = async (distance: number) => {
    variable.assign(start.add(direction.mul(distance)));
    return (await loss().data())[0]!;
  };
  const slope = async (distance: number) => ((await lossAt(distance)) - (await lossAt(-distance))) / (2 * distance);
  const extrapolated = (4 * (await slope(2e-3)) - (await slope(4e-3))) / 3;
  variable.assign(start);
  return extrapolated;
}

function lengthOf(vectors: readonly Float32Array[]): number {
  return Math.sqrt(vectors.reduce((sum, vector) => vector.reduce((partial, value) => partial + value * value, sum), 0));
}

function wave(shape: number[], frequency: number, amplitude: number): tf.Tensor {
  const values = Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => amplitude * Math.sin(frequency * (i * i + 3 * i + 1)),
  );
  return tf.tensor(values, shape);
}

function lookups(length: number, vocabulary: number): number[] {
  return Array.from({ length }, (_, i) => (i * i + 2 * i) % vocabulary);
}

async function gradientsOn(backend: string, testCase: Case, withSlopes = false): Promise<Gradients> {
  await tf.setBackend(backend);
  tf.engine().startScope();
  try {
    return await gradientsOf(testCase, withSlopes);
  } finally {
    tf.disposeVariables();
    tf.engine().endScope();
  }
}

/** What TensorFlow.js calls it. */
let registeredAs: string;

describe(`gradients on ${backend}`, () => {
  beforeAll(async () => {
    await useBackend("cpu");
    await useBackend(backend, { workspace });
    registeredAs = tf.getBackend();
  });

  // Dilated convolutions have a gradient on wasm alone.
  const supported = cases.filter(({ cpu }) => backend === "wasm" || cpu === undefined);

  it.each(supported)("$name", check);

  async function check(testCase: Case): Promise<void> {
    const actual = await gradientsOn(registeredAs, testCase, backend === "wasm");
    const length = lengthOf(actual.byVariable);
    expect(length).toBeGreaterThan(1e-4);
    actual.slopes.forEach((slope, i) => {
      const size = lengthOf([actual.byVariable[i]!]);
      // The loss, in float32, does not resolve the slope along a gradient that is next to nothing.
      if (size < 1e-2) return;
      expect(Math.abs(slope / size - 1), `slope along variable ${i}'s gradient`).toBeLessThan(0.015);
    });
    if (testCase.cpu === "none") return;
    const expected = await gradientsOn("cpu", testCase);
    expect(Math.abs(actual.loss - expected.loss) / expected.loss, "loss").toBeLessThan(1e-4);
    if (testCase.cpu === "wrong") return;
    const differences = actual.byVariable.map((vector, i) =>
      vector.map((value, j) => value - expected.byVariable[i]![j]!),
    );
    expect(lengthOf(differences) / length, "difference from cpu").toBeLessThan(1e-4);
  }
});
