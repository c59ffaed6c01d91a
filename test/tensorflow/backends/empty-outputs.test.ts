import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { backendUnderTest, workspace } from "./provisioned.js";

const image = () => tf.ones<tf.Rank.R4>([1, 3, 2, 1]);
const volume = () => tf.ones<tf.Rank.R5>([1, 2, 3, 3, 1]);

/** Each with a window that is too large for its input, along one axis at least. */
const operations: Readonly<Record<string, () => tf.Tensor>> = {
  convolution: () => tf.conv2d(image(), tf.ones([3, 3, 1, 2]), 1, "valid"),
  "convolution with a bias": () =>
    tf.fused.conv2d({ x: image(), filter: tf.ones([3, 3, 1, 2]), strides: 1, pad: 0, bias: tf.zeros([2]) }),
  "depthwise convolution": () => tf.depthwiseConv2d(image(), tf.ones([2, 5, 1, 2]), 1, "valid"),
  "depthwise convolution with a bias": () =>
    tf.fused.depthwiseConv2d({
      x: image(),
      filter: tf.ones([3, 3, 1, 2]),
      strides: 1,
      pad: "valid",
      bias: tf.zeros([2]),
    }),
  "convolution over volumes": () => tf.conv3d(volume(), tf.ones([3, 3, 3, 1, 1]), 1, "valid"),
  "max pooling": () => tf.maxPool(image(), 3, 2, "valid"),
  "average pooling": () => tf.avgPool(image(), 5, 2, "valid"),
  "max pooling over volumes": () => tf.maxPool3d(volume(), 3, 2, "valid"),
  "average pooling over volumes": () => tf.avgPool3d(volume(), [3, 1, 1], 1, "valid"),
};

describe.each(["cpu", backendUnderTest] as const)("on %s", (backend) => {
  it.each(Object.keys(operations))("a %s without output is refused, and what follows is right", async (name) => {
    await useBackend(backend, { workspace });
    const before = tf.memory().numTensors;
    expect(() => tf.tidy(operations[name]!)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    const rest = tf.tidy(() => tf.maxPool(tf.range(0, 16).reshape<tf.Tensor4D>([1, 4, 4, 1]), 2, 2, "valid"));
    expect([...(await rest.data())]).toEqual([5, 7, 13, 15]);
    rest.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("the error says which operation it was, its shapes and what to do", async () => {
    await useBackend(backend, { workspace });
    await useBackend(backend, { workspace });
    expect(() => tf.tidy(() => tf.maxPool(tf.ones<tf.Rank.R4>([8, 1, 3, 4]), 2, 2, "valid"))).toThrow(
      'A max pooling has no output for an input of shape [8, 1, 3, 4]: a window of 2×2, strides of 2×2 and padding "valid" leave 0×1 of ' +
        '1×3. Use fewer poolings and convolutions before it, a smaller window, "same" padding, or larger images.',
    );
    expect(() => tf.tidy(() => tf.conv2d(image(), tf.ones([2, 2, 1, 1]), 1, "valid", "NHWC", [2, 3]))).toThrow(
      "a window of 2×2, dilations of 2×3, strides of 1×1",
    );
  });

  it("no examples, or an output of one pixel, is no empty output", async () => {
    await useBackend(backend, { workspace });
    expect(tf.tidy(() => tf.maxPool(tf.ones<tf.Rank.R4>([2, 3, 3, 1]), 3, 1, "valid").shape)).toEqual([2, 1, 1, 1]);
    expect(tf.tidy(() => tf.maxPool(tf.ones<tf.Rank.R4>([0, 3, 3, 1]), 2, 1, "valid").shape)).toEqual([0, 2, 2, 1]);
  });
});
