import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("wasm");
});

type Pad = "valid" | "same" | number;
type Images = [batch: number, height: number, width: number, channels: number];
/** Images, filter's height and width, output channels, strides, padding. */
type Shape = [x: Images, filter: [number, number], cout: number, strides: number | [number, number], pad: Pad];

/** Of every size around the kernels' six pixels and eight or two channels, and past the chunks that they work in. */
const shapes: readonly Shape[] = [
  [[1, 1, 1, 1], [1, 1], 1, 1, "valid"],
  [[1, 5, 5, 1], [3, 3], 1, 1, "same"],
  [[2, 7, 6, 3], [3, 3], 5, 1, "same"],
  [[2, 7, 6, 3], [3, 3], 8, 1, "valid"],
  [[3, 9, 8, 4], [3, 3], 16, 2, "same"],
  [[3, 9, 8, 4], [3, 3], 12, 2, "valid"],
  [[1, 10, 11, 5], [2, 2], 7, 3, "valid"],
  [[1, 10, 11, 5], [2, 2], 9, 3, "same"],
  [[2, 12, 13, 6], [5, 3], 10, [1, 2], "same"],
  [[2, 12, 13, 7], [3, 5], 3, [2, 1], "valid"],
  [[1, 14, 14, 2], [7, 7], 11, 1, "same"],
  [[1, 15, 14, 3], [7, 7], 16, 2, "same"],
  [[2, 7, 7, 9], [7, 7], 4, 1, "valid"],
  [[2, 6, 5, 13], [1, 1], 17, 1, "same"],
  [[2, 6, 5, 16], [1, 1], 8, 2, "valid"],
  [[2, 6, 5, 8], [1, 1], 2, 3, "same"],
  [[1, 2, 130, 3], [1, 3], 9, 1, "same"],
  [[1, 130, 2, 8], [3, 1], 6, 1, "same"],
  [[1, 3, 200, 4], [3, 3], 8, 2, "same"],
  [[2, 8, 8, 32], [3, 3], 24, 1, "same"],
  [[2, 11, 12, 16], [3, 3], 32, 1, "same"],
  [[2, 8, 8, 3], [3, 3], 5, 4, "same"],
  [[2, 6, 7, 3], [3, 3], 4, 1, 2],
  [[2, 6, 7, 3], [2, 2], 4, 2, 3],
  // Of few channels on either side, by dot products.
  [[3, 7, 9, 20], [3, 3], 1, 1, "same"],
  [[2, 9, 8, 8], [3, 3], 3, 2, "same"],
  [[2, 5, 5, 16], [2, 2], 4, 2, "valid"],
  [[2, 10, 9, 1], [5, 5], 20, 2, "same"],
  [[2, 10, 9, 3], [4, 4], 12, [3, 2], "same"],
  [[1, 11, 12, 2], [5, 4], 19, 3, "valid"],
  [[2, 6, 5, 4], [2, 2], 16, 3, 4],
  [[2, 3, 3, 40], [1, 1], 24, 1, "same"],
  // By Winograd's algorithm, of even and odd sizes.
  [[8, 8, 8, 16], [3, 3], 16, 1, "same"],
  [[5, 9, 11, 20], [3, 3], 24, 1, "valid"],
  [[3, 11, 10, 32], [3, 3], 48, 1, "same"],
  [[7, 7, 9, 24], [3, 3], 16, 1, 2],
];

function noise(shape: readonly number[], seed: number): tf.Tensor4D {
  return tf.randomNormal(shape as Images, 0, 1, "float32", seed);
}

/** How far what wasm gives is from what `cpu` gives, as a part of that one's length. */
async function difference(op: () => tf.Tensor): Promise<number> {
  const [expected, actual] = [await valuesOn("cpu", op), await valuesOn("wasm", op)];
  expect(actual.shape).toEqual(expected.shape);
  const length = Math.hypot(...expected.values);
  expect(length).toBeGreaterThan(0);
  return Math.hypot(...expected.values.map((value, i) => value - actual.values[i]!)) / length;
}

async function valuesOn(backend: string, op: () => tf.Tensor): Promise<{ shape: number[]; values: number[] }> {
  await tf.setBackend(backend);
  const result = tf.tidy(op);
  const values = Array.from(result.dataSync());
  result.dispose();
  return { shape: result.shape, values };
}

/** Gradients of images and filter as on cpu. */
async function expectGradients(
  forward: (images: tf.Tensor, filter: tf.Tensor) => tf.Tensor,
  shape: number[],
  filterShape: number[],
): Promise<void> {
  const gradient = (which: 0 | 1) => () => {
    const [images, filter] = [noise(shape, 1), noise(filterShape, 2)];
    const dy = noise(forward(images, filter).shape, 4);
    return tf.grads(forward)([images, filter], dy)[which]!;
  };
  expect(await difference(gradient(0)), "of the images").toBeLessThan(1e-5);
  expect(await difference(gradient(1)), "of the filter").toBeLessThan(1e-5);
}

describe.each(shapes)("a convolution of %j by %j to %i channels, strides %j, padding %j", (x, size, cout, ...rest) => {
  const filterShape = [...size, x[3], cout];
  const forward = (images: tf.Tensor, filter: tf.Tensor) =>
    tf.conv2d(images as tf.Tensor4D, filter as tf.Tensor4D, ...rest);

  it("is as on cpu", async () => {
    expect(await difference(() => forward(noise(x, 1), noise(filterShape, 2)))).toBeLessThan(1e-5);
  });

  it.each(["relu", "sigmoid"] as const)("with bias and %s is as on cpu", async (activation) => {
    const [strides, pad] = rest;
    const fused = () =>
      tf.fused.conv2d({
        x: noise(x, 1),
        filter: noise(filterShape, 2),
        bias: tf.randomUniform([cout], 1, 2, "float32", 3),
        strides,
        pad,
        activation,
      });
    expect(await difference(fused)).toBeLessThan(1e-5);
  });

  it("has the gradients that it has on cpu", () => expectGradients(forward, x, filterShape));
});

/** Large enough that it is worth a look whether dy is zero nearly everywhere. */
const largeShapes: readonly Shape[] = [
  [[3, 1, 20, 16], [1, 5], 30, 1, "valid"],
  [[2, 7, 8, 7], [3, 3], 17, 1, "same"],
  [[2, 10, 9, 8], [5, 4], 21, 2, "same"],
  [[3, 10, 11, 8], [2, 2], 97, [3, 2], "valid"],
  [[2, 5, 4, 12], [3, 3], 13, 1, 3],
];

describe.each(largeShapes)(
  "a convolution of %j by %j to %i channels, strides %j, padding %j",
  (x, size, cout, ...rest) => {
    const forward = (images: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(images as tf.Tensor4D, filter as tf.Tensor4D, ...rest);

    it.each([0.05, 0])("has cpu's gradients where a part of %d of what flows back is not 0", async (part) => {
      const [images, filter] = [noise(x, 1), noise([...size, x[3], cout], 2)];
      const { shape } = tf.tidy(() => forward(images, filter));
      const dy = tf.tidy(() => noise(shape, 4).mul(tf.randomUniform(shape, 0, 1, "float32", 5).less(part)));
      for (const which of [0, 1] as const) {
        const gradient = () => tf.grads(forward)([images, filter], dy)[which]!;
        // All that a gradient of nothing may be is nothing.
        if (part > 0) expect(await difference(gradient)).toBeLessThan(1e-5);
        else expect((await valuesOn("wasm", gradient)).values.every((value) => value === 0)).toBe(true);
      }
      tf.dispose([images, filter, dy]);
    });
  },
);

/** Images, filter's height and width, outputs for each channel, strides, padding. */
const depthwiseShapes: readonly Shape[] = [
  [[2, 7, 6, 3], [3, 3], 2, 1, "same"],
  [[2, 7, 6, 3], [3, 3], 1, 2, "same"],
  [[2, 8, 8, 3], [3, 3], 1, 4, "same"],
  [[1, 9, 8, 4], [1, 3], 2, 5, "same"],
  [[1, 16, 8, 2], [3, 2], 3, [5, 1], "same"],
  [[1, 8, 7, 5], [2, 3], 1, 4, "valid"],
  [[2, 5, 6, 3], [2, 2], 2, 2, 4],
];

describe.each(depthwiseShapes)(
  "a depthwise convolution of %j by %j to %i for each channel, strides %j, padding %j",
  (x, size, multiplier, ...rest) => {
    const filterShape = [...size, x[3], multiplier];
    const forward = (images: tf.Tensor, filter: tf.Tensor) =>
      tf.depthwiseConv2d(images as tf.Tensor4D, filter as tf.Tensor4D, ...rest);

    it("is as on cpu, alone and with bias and activation", async () => {
      const [strides, pad] = rest;
      const fused = () =>
        tf.fused.depthwiseConv2d({
          x: noise(x, 1),
          filter: noise(filterShape, 2),
          bias: tf.randomUniform([x[3] * multiplier], 1, 2, "float32", 3),
          strides,
          pad,
          activation: "relu",
        });
      expect(await difference(() => forward(noise(x, 1), noise(filterShape, 2)))).toBeLessThan(1e-5);
      expect(await difference(fused)).toBeLessThan(1e-5);
    });

    it("has the gradients that it has on cpu", () => expectGradients(forward, x, filterShape));
  },
);

/** Images, filter's height and width, output channels (of each channel where depthwise), dilation, rows and columns of padding. */
const dilatedShapes: readonly [Images, [number, number], number, number, [number, number], [number, number]][] = [
  [[2, 7, 6, 3], [3, 2], 2, 2, [1, 2], [0, 1]],
  [[2, 5, 6, 3], [2, 2], 2, 2, [5, 1], [0, 7]],
  [[1, 5, 4, 2], [2, 3], 3, 3, [2, 9], [8, 8]],
  [[1, 4, 6, 1], [1, 2], 1, 2, [3, 3], [1, 4]],
];

describe.each(dilatedShapes)(
  "of %j by %j to %i, dilated by %i, with padding %j, %j",
  (x, size, cout, dilation, ...pads) => {
    const pad: tf.backend_util.ExplicitPadding = [[0, 0], ...pads, [0, 0]];
    /** The same convolution with zeros between the filter's elements, which needs no dilation. */
    const spread = (filter: tf.Tensor): tf.Tensor4D => {
      const [height, width, ...channels] = filter.shape as Images;
      const [none, gap] = [
        [0, 0],
        [0, dilation - 1],
      ] as [number, number][];
      return filter
        .reshape([height, 1, width, 1, ...channels])
        .pad([none!, gap!, none!, gap!, none!, none!])
        .reshape<tf.Tensor4D>([height * dilation, width * dilation, ...channels])
        .slice([0, 0, 0, 0], [(height - 1) * dilation + 1, (width - 1) * dilation + 1, ...channels]);
    };

    it.each(["conv2d", "depthwiseConv2d"] as const)(
      "%s has the gradients of a filter with zeros in between",
      async (name) => {
        const gradient = (which: 0 | 1) => () => {
          const [images, filter] = [noise(x, 1), noise([...size, x[3], cout], 2)];
          const forward = (a: tf.Tensor, b: tf.Tensor) =>
            tf.getBackend() === "cpu"
              ? tf[name](a as tf.Tensor4D, spread(b), 1, pad)
              : tf[name](a as tf.Tensor4D, b as tf.Tensor4D, 1, pad, "NHWC", dilation);
          return tf.grads(forward)([images, filter], noise(forward(images, filter).shape, 4))[which]!;
        };
        expect(await difference(gradient(0)), "of the images").toBeLessThan(1e-5);
        expect(await difference(gradient(1)), "of the filter").toBeLessThan(1e-5);
      },
    );
  },
);

describe("convolutions", () => {
  it("free what they needed on the way", async () => {
    await tf.setBackend("wasm");
    const before = { engine: tf.memory().numTensors, backend: tf.engine().backend.numDataIds() };
    tf.tidy(() => {
      const forward = (x: tf.Tensor, filter: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same");
      tf.grads(forward)([noise([2, 7, 6, 3], 1), noise([3, 3, 3, 5], 2)]);
    });
    expect({ engine: tf.memory().numTensors, backend: tf.engine().backend.numDataIds() }).toEqual(before);
  });
});
