import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type * as KernelThread from "../../../../src/tensorflow/backends/wasm/threads/kernel-thread.js";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";
import { allowThreads } from "../../../../src/tensorflow/backends/wasm/threads/thread-pool.js";
import { until } from "../../../wait.js";

/** What the main thread computed, in the kernels' units: `[kernel, units]`. */
const computedHere: [kernel: string, units: number][] = [];
let slow = false;

// While `slow`, the main thread dawdles at each part, so that the other threads compute most of them.
vi.mock("../../../../src/tensorflow/backends/wasm/threads/kernel-thread.js", async (original) => {
  const module = await original<typeof KernelThread>();
  const never = new Int32Array(new SharedArrayBuffer(4));
  const watched = (exports: object) =>
    Object.fromEntries(
      Object.entries(exports as Record<string, (...args: number[]) => void>).map(([name, kernel]) => [
        name,
        typeof kernel !== "function" || name === "dropoutMask" || name === "copyRows"
          ? kernel
          : (...args: number[]) => {
              const [first, end] = args.slice(-2) as [number, number];
              computedHere.push([name, end - first]);
              if (slow) Atomics.wait(never, 0, 0, 2);
              kernel(...args);
            },
      ]),
    );
  return { ...module, instantiate: (data: never) => watched(module.instantiate(data)) };
});

beforeAll(() => useBackend("wasm", { threads: 1 }));

/** Of sizes that no step of a kernel divides, and of few units for many threads. */
const ops: Readonly<Record<string, { readonly kernels: readonly string[]; readonly op: () => tf.Tensor[] }>> = {
  "a convolution and its gradients": {
    kernels: ["placeImages", "convolve", "filterGradient", "sumChannels", "addChannels", "relu", "reluGradient"],
    op: () => convolution([5, 61, 47, 13], [3, 3, 13, 21], 1),
  },
  "a convolution with a stride": {
    kernels: ["placeImages", "convolve", "filterGradient"],
    op: () => convolution([3, 63, 59, 17], [5, 3, 17, 9], 2),
  },
  "a convolution by Winograd's algorithm": {
    kernels: ["placeImages", "winograd"],
    op: () => convolution([5, 41, 37, 16], [3, 3, 16, 24], 1),
  },
  "a convolution to one channel": {
    kernels: ["dots", "convolve", "filterGradient"],
    op: () => convolution([3, 63, 59, 20], [5, 3, 20, 1], 1),
  },
  "a convolution of one image": {
    kernels: ["convolve", "filterGradient"],
    op: () => convolution([1, 131, 97, 3], [3, 3, 3, 37], 1),
  },
  "a batch normalization in training": {
    kernels: ["sumChannels", "sumSquares", "sumProducts", "scaleChannels", "combineChannels"],
    op: () => {
      const layer = tf.layers.batchNormalization();
      const dy = noise([7, 43, 39, 29], 8);
      const normalize = (x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
      const { value, grad } = tf.valueAndGrad((x) => normalize(x).mul(dy).sum())(noise([7, 43, 39, 29], 9));
      return [value, grad];
    },
  },
  "the gradient of max pooling": {
    kernels: ["maxPoolGradient"],
    op: () => [
      tf.grad((x) =>
        tf
          .maxPool(x as tf.Tensor4D, 3, 2, "same")
          .square()
          .sum(),
      )(noise([5, 41, 33, 23], 10)),
    ],
  },
  "a step of Adam": {
    kernels: ["adamStep"],
    op: () => {
      const variable = tf.variable(noise([321, 643], 11));
      const optimizer = tf.train.adam(0.1);
      for (let i = 0; i < 2; i++) optimizer.minimize(() => variable.square().sum<tf.Scalar>());
      optimizer.dispose();
      return [variable];
    },
  },
};

function noise(shape: readonly number[], seed: number): tf.Tensor {
  return tf.randomNormal([...shape], 0, 1, "float32", seed);
}

function convolution(shape: number[], filterShape: number[], stride: number): tf.Tensor[] {
  const bias = noise([filterShape[3]!], 3);
  const run = (x: tf.Tensor, filter: tf.Tensor, b: tf.Tensor) =>
    tf.relu(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, "same").add(b));
  const dy = noise(
    tf.tidy(() => run(noise(shape, 1), noise(filterShape, 2), bias).shape),
    4,
  );
  const gradients = tf.grads((x, filter, b) => run(x, filter, b).mul(dy));
  return [
    run(noise(shape, 1), noise(filterShape, 2), bias),
    ...gradients([noise(shape, 1), noise(filterShape, 2), bias]),
  ];
}

/** The values that an op gives, and how many units of each kernel the main thread computed of them. */
function computed(op: () => tf.Tensor[]): { values: Buffer; units: Record<string, number> } {
  computedHere.length = 0;
  const results = tf.tidy(op);
  const values = Buffer.concat(results.map((result) => new Uint8Array(result.dataSync().buffer)));
  results.forEach((result) => result.dispose());
  const units: Record<string, number> = {};
  for (const [kernel, count] of computedHere) units[kernel] = (units[kernel] ?? 0) + count;
  return { values, units };
}

describe.each(Object.entries(ops))("%s", (_, { kernels, op }) => {
  it.each([2, 3, 5])("is the same to the last bit on %i threads as on one", async (threads) => {
    allowThreads(1);
    const alone = computed(op);
    expect(Object.keys(alone.units)).toEqual(expect.arrayContaining([...kernels]));
    allowThreads(threads);
    slow = true;
    try {
      const waiting = new Set(kernels);
      // The threads need a moment to start.
      await until("threads that compute a part of each kernel", () => {
        const { values, units } = computed(op);
        expect(values.equals(alone.values)).toBe(true);
        for (const kernel of waiting) if ((units[kernel] ?? 0) < alone.units[kernel]!) waiting.delete(kernel);
        return waiting.size === 0;
      });
    } finally {
      slow = false;
    }
  });
});
