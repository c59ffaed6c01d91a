import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";

beforeAll(() => useBackend("wasm"));

const ones = (...shape: number[]) => tf.ones(shape);

describe("a fused kernel", () => {
  it.each([
    ["FusedConv2D", 3],
    ["FusedDepthwiseConv2D", 2],
  ])("%s refuses slopes that are not one for each channel: it read beside them", (kernel, outputs) => {
    const filter = ones(1, 1, 2, outputs);
    const inputs = { x: ones(1, 2, 2, 2), filter, preluActivationWeights: tf.tensor1d([0.1, 0.2, 0.3, 0.4, 0.5]) };
    const attrs = { strides: [1, 1], dilations: [1, 1], pad: "valid", dataFormat: "NHWC", activation: "prelu" };
    expect(() => tf.engine().runKernel(kernel, inputs, attrs)).toThrow();
  });

  it("convolves as without activation where the last window lies in the padding", () => {
    const inputs = { x: tf.range(0, 24).reshape([1, 6, 2, 2]), filter: ones(1, 1, 2, 2), bias: ones(2) };
    const attrs = { strides: [2, 2], dilations: [1, 1], pad: 2, dataFormat: "NHWC", dimRoundingMode: "ceil" };
    const run = (activation: string) =>
      tf.engine().runKernel<tf.Tensor>("FusedConv2D", inputs, { ...attrs, activation, leakyreluAlpha: 0.2 });
    // All is above 0, where these activations change nothing.
    expect(run("leakyrelu").arraySync()).toEqual(run("linear").arraySync());
    // A bias with other axes is the stock kernel's, too.
    const expected = run("relu").arraySync();
    inputs.bias = inputs.bias.reshape([1, 1, 1, 2]);
    expect(run("relu").arraySync()).toEqual(expected);
  });

  it("keeps the NaN of a product with ReLU6, and a number from the NaN of a slope", () => {
    const product = (b: number[], activation: string, slopes: object = {}) => {
      const inputs = { a: ones(1, 1, 2), b: tf.tensor3d(b, [1, 2, 2]), ...slopes };
      const attrs = { transposeA: false, transposeB: false, activation, leakyreluAlpha: 0.2 };
      return [...tf.engine().runKernel<tf.Tensor>("_FusedMatMul", inputs, attrs).dataSync()];
    };
    expect(product([NaN, 1, 1, 1], "relu6")).toEqual([NaN, 2]);
    expect(product([1, 1, 1, 1], "prelu", { preluActivationWeights: tf.tensor1d([NaN, 0.5]) })).toEqual([2, 2]);
  });
});
