import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";

type Initializer = ReturnType<typeof tf.initializers.orthogonal>;

const prototype = Object.getPrototypeOf(tf.initializers.orthogonal({ gain: 1 })) as Initializer;
/** TensorFlow.js's own, kept before anything replaces it. */
const stock = prototype.apply;

beforeAll(async () => {
  await useBackend("wasm");
});

it.each([[[6, 6]], [[4, 9]], [[9, 4]], [[3, 2, 5]], [[48, 48]]])(
  "an orthogonal matrix of %j is the one that TensorFlow.js makes of the seed",
  (shape) => {
    const initializer = tf.initializers.orthogonal({ gain: 1.5, seed: 7 });
    const expected = stock.call(initializer, shape).dataSync();
    const made = initializer.apply(shape);
    expect(made.shape).toEqual(shape);
    made.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  },
);

it("its columns are orthonormal, also of 256", () => {
  const q = tf.initializers.orthogonal({ gain: 1, seed: 3 }).apply([256, 256]) as tf.Tensor2D;
  const off = tf.matMul(q, q, true).sub(tf.eye(256)).abs().max().dataSync()[0]!;
  expect(off).toBeLessThan(1e-5);
});

it("refuses vectors and other types, as TensorFlow.js does", () => {
  const initializer = tf.initializers.orthogonal({ gain: 1 });
  expect(() => initializer.apply([3])).toThrow("at least 2D");
  expect(() => initializer.apply([3, 3], "bool")).toThrow("Unsupported data type");
});
