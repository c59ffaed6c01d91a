import * as tf from "@tensorflow/tfjs";
import { BATCH_SIZE, batchesOf, EXAMPLES, kernel, type Model, setKernels, uniform, variablesOf } from "../model.js";

const LATENT = 64;

/** A small DCGAN of gray 28 × 28 images. A step trains the discriminator, then the generator. */
export const gan: Model = {
  program: "gan",
  options: { latent: LATENT, learningRate: 1e-4 },
  given: {
    generatorDense: kernel(LATENT, 7 * 7 * 128),
    generator1: kernel(5, 5, 64, 128),
    generator2: kernel(5, 5, 1, 64),
    discriminator1: kernel(5, 5, 1, 32),
    discriminator2: kernel(5, 5, 32, 64),
    discriminatorDense: kernel(7 * 7 * 64, 1),
    x: uniform(EXAMPLES, 28, 28, 1),
    noise: uniform(2 * BATCH_SIZE, LATENT),
  },
  stepsPerRound: 10,
  start({ x, noise, ...kernels }) {
    const step = build(kernels);
    const batches = batchesOf(x!);
    return {
      async loss() {
        const [first, second] = tf.split(noise!, 2);
        return build(kernels)(x!.slice(0, BATCH_SIZE), first!, second!);
      },
      async steps(count) {
        const latent = () => tf.randomNormal([BATCH_SIZE, LATENT]);
        for (let i = 0; i < count; i++) await step(batches.next().value, latent(), latent());
      },
    };
  },
};

type Step = (real: tf.Tensor, forDiscriminator: tf.Tensor, forGenerator: tf.Tensor) => Promise<number>;

/** @returns what trains both for a step, frees what it is given, and gives the sum of their losses. */
function build(kernels: Readonly<Record<string, tf.Tensor>>): Step {
  const [generator, discriminator] = [buildGenerator(), buildDiscriminator()];
  setKernels(generator, [kernels["generatorDense"]!, kernels["generator1"]!, kernels["generator2"]!]);
  const ofDiscriminator = ["discriminator1", "discriminator2", "discriminatorDense"];
  setKernels(
    discriminator,
    ofDiscriminator.map((name) => kernels[name]!),
  );
  const optimizers = [tf.train.adam(1e-4), tf.train.adam(1e-4)] as const;
  const [ones, zeros] = [tf.ones([BATCH_SIZE, 1]), tf.zeros([BATCH_SIZE, 1])];
  const labels = tf.concat([zeros, ones]);
  const judge = (images: tf.Tensor) => discriminator.apply(images, { training: true }) as tf.Tensor;
  const make = (latent: tf.Tensor) => generator.apply(latent, { training: true }) as tf.Tensor;
  const loss = (expected: tf.Tensor, images: tf.Tensor) =>
    tf.losses.sigmoidCrossEntropy(expected, judge(images)).asScalar();
  return async (real, forDiscriminator, forGenerator) => {
    const total = tf.tidy(() => {
      const images = tf.concat([make(forDiscriminator), real]);
      const first = optimizers[0].minimize(() => loss(labels, images), true, variablesOf(discriminator))!;
      const second = optimizers[1].minimize(() => loss(ones, make(forGenerator)), true, variablesOf(generator))!;
      return first.add(second);
    });
    tf.dispose([real, forDiscriminator, forGenerator]);
    const [value] = await total.data();
    total.dispose();
    return value!;
  };
}

function buildGenerator(): tf.LayersModel {
  const { dense, batchNormalization, reLU, reshape, conv2dTranspose } = tf.layers;
  const strided = { kernelSize: 5, strides: 2, padding: "same", useBias: false } as const;
  return tf.sequential({
    layers: [
      dense({ units: 7 * 7 * 128, useBias: false, inputShape: [LATENT] }),
      batchNormalization(),
      reLU(),
      reshape({ targetShape: [7, 7, 128] }),
      conv2dTranspose({ ...strided, filters: 64 }),
      batchNormalization(),
      reLU(),
      conv2dTranspose({ ...strided, filters: 1, activation: "tanh" }),
    ],
  });
}

function buildDiscriminator(): tf.LayersModel {
  const { conv2d, dense, flatten, leakyReLU } = tf.layers;
  const strided = { kernelSize: 5, strides: 2, padding: "same" } as const;
  return tf.sequential({
    layers: [
      conv2d({ ...strided, filters: 32, inputShape: [28, 28, 1] }),
      leakyReLU({ alpha: 0.2 }),
      conv2d({ ...strided, filters: 64 }),
      leakyReLU({ alpha: 0.2 }),
      flatten(),
      dense({ units: 1 }),
    ],
  });
}
