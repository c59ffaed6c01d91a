import * as tf from "@tensorflow/tfjs";
import {
  BATCH_SIZE,
  batchesOf,
  EXAMPLES,
  type Given,
  kernel,
  type Model,
  setKernels,
  uniform,
  variablesOf,
} from "../model.js";

const LATENT = 2;
const LEARNING_RATE = 1e-3;

/** One of dense layers, as TensorFlow.js's examples have it. */
export const vae = autoencoder({
  shape: [784],
  kernels: {
    encoder1: kernel(784, 512),
    mean: kernel(512, LATENT),
    logVariance: kernel(512, LATENT),
    decoder1: kernel(LATENT, 512),
    decoder2: kernel(512, 784),
  },
  stepsPerRound: 100,
  encoder: () => [tf.layers.dense({ units: 512, activation: "relu" })],
  decoder: () => [
    tf.layers.dense({ units: 512, activation: "relu", inputShape: [LATENT] }),
    tf.layers.dense({ units: 784, activation: "sigmoid" }),
  ],
});

const strided = { kernelSize: 3, strides: 2, padding: "same", activation: "relu" } as const;

/** One of convolutions, as Keras's examples have it. */
export const convVae = autoencoder({
  shape: [28, 28, 1],
  kernels: {
    encoder1: kernel(3, 3, 1, 32),
    encoder2: kernel(3, 3, 32, 64),
    encoder3: kernel(7 * 7 * 64, 16),
    mean: kernel(16, LATENT),
    logVariance: kernel(16, LATENT),
    decoder1: kernel(LATENT, 7 * 7 * 64),
    decoder2: kernel(3, 3, 64, 64),
    decoder3: kernel(3, 3, 32, 64),
    decoder4: kernel(3, 3, 1, 32),
  },
  stepsPerRound: 20,
  encoder: () => [
    tf.layers.conv2d({ ...strided, filters: 32 }),
    tf.layers.conv2d({ ...strided, filters: 64 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 16, activation: "relu" }),
  ],
  decoder: () => [
    tf.layers.dense({ units: 7 * 7 * 64, activation: "relu", inputShape: [LATENT] }),
    tf.layers.reshape({ targetShape: [7, 7, 64] }),
    tf.layers.conv2dTranspose({ ...strided, filters: 64 }),
    tf.layers.conv2dTranspose({ ...strided, filters: 32 }),
    tf.layers.conv2dTranspose({ ...strided, filters: 1, strides: 1, activation: "sigmoid" }),
  ],
});

interface Autoencoder {
  /** Of an image. */
  readonly shape: readonly number[];
  /** Those whose name begins with "decoder" are the decoder's. */
  readonly kernels: Readonly<Record<string, Given>>;
  readonly stepsPerRound: number;
  /** Up to the layers for mean and logarithm of the variance. */
  readonly encoder: () => tf.layers.Layer[];
  readonly decoder: () => tf.layers.Layer[];
}

/** A variational autoencoder: squared errors and the Kullback–Leibler divergence. */
function autoencoder(network: Autoencoder): Model {
  return {
    program: "vae",
    options: { learningRate: LEARNING_RATE, isConvolutional: network.shape.length === 3 },
    given: {
      ...network.kernels,
      x: uniform(EXAMPLES, ...network.shape),
      noise: uniform(BATCH_SIZE, LATENT),
    },
    stepsPerRound: network.stepsPerRound,
    start({ x, noise, ...kernels }) {
      const step = build(network, kernels);
      const batches = batchesOf(x!);
      return {
        loss: () => build(network, kernels)(x!.slice(0, BATCH_SIZE), noise!.clone()),
        async steps(count) {
          for (let i = 0; i < count; i++) await step(batches.next().value, tf.randomNormal([BATCH_SIZE, LATENT]));
        },
      };
    },
  };
}

/** @returns what trains for a step, frees what it is given, and gives the loss. */
function build(network: Autoencoder, kernels: Readonly<Record<string, tf.Tensor>>) {
  const encoder = buildEncoder(network);
  const decoder = tf.sequential({ layers: network.decoder() });
  const kernelsOf = (ofDecoder: boolean) =>
    Object.keys(kernels)
      .filter((name) => name.startsWith("decoder") === ofDecoder)
      .map((name) => kernels[name]!);
  setKernels(encoder, kernelsOf(false));
  setKernels(decoder, kernelsOf(true));
  const optimizer = tf.train.adam(LEARNING_RATE);
  const loss = (x: tf.Tensor, noise: tf.Tensor): tf.Scalar => {
    const [mean, logVariance] = encoder.apply(x, { training: true }) as [tf.Tensor, tf.Tensor];
    const z = logVariance.mul(0.5).exp().mul(noise).add(mean);
    const errors = x.sub(decoder.apply(z, { training: true }) as tf.Tensor).square();
    const divergence = mean.square().add(logVariance.exp()).sub(logVariance).sub(1).mul(0.5);
    return errors.sum().add(divergence.sum()).div(BATCH_SIZE);
  };
  return async (x: tf.Tensor, noise: tf.Tensor): Promise<number> => {
    const cost = optimizer.minimize(() => loss(x, noise), true, variablesOf(encoder, decoder))!;
    const [value] = await cost.data();
    tf.dispose([x, noise, cost]);
    return value!;
  };
}

function buildEncoder({ shape, encoder }: Autoencoder): tf.LayersModel {
  const input = tf.input({ shape: [...shape] });
  let hidden: tf.SymbolicTensor = input;
  for (const layer of encoder()) hidden = layer.apply(hidden) as tf.SymbolicTensor;
  const output = () => tf.layers.dense({ units: LATENT }).apply(hidden) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: [output(), output()] });
}
