import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";

const ramp = (shape: number[], dtype: "float32" | "int32" = "float32") =>
  tf.range(1, 1 + tf.util.sizeFromShape(shape), 1, dtype).reshape(shape);

describe.each(["cpu", "wasm"] as const)("on %s, shapes and attributes that lead beside a tensor", (backend) => {
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, string])[] = [
    ["slice past the end", () => tf.slice(ramp([4]), [2], [5]), "begin [2] and size [5] extend beyond the tensor. The shapes are: x [4]."],
    ["slice from before the start", () => tf.slice(ramp([4, 2]), [-1, 0], [2, 2]), "begin [-1, 0]"],
    ["slice of five axes", () => tf.slice(ramp([2, 2, 2, 2, 2]), [0, 0, 0, 0, 1], [2, 2, 2, 2, 2]), "extend beyond"],
    ["negative padding", () => tf.pad(ramp([4]), [[-1, 0]]), "the padding of axis 0 must be 0 or more, not -1"],
    ["unstack of an axis that is not there", () => tf.engine().runKernel("Unpack", { value: ramp([2, 2]) }, { axis: 9 }), "there is no axis 9 of 2"],
    ["scatter to a place that is not there", () => tf.scatterND(tf.tensor2d([[-5], [1]], [2, 1], "int32"), ramp([2]), [4]), "indices has -5"],
    ["gather from a place that is not there", () => tf.gatherND(ramp([2, 2]), tf.tensor2d([[0, 7]], [1, 2], "int32")), "indices has 7, which is not from 0 to 1"],
    ["crop of an image that is not there", () => tf.image.cropAndResize(ramp([2, 3, 3, 1]) as tf.Tensor4D, tf.tensor2d([[0, 0, 1, 1]]), tf.tensor1d([2], "int32"), [2, 2]), "boxInd has 2"],
    ["one padding for a window that is no square", () => tf.maxPool(ramp([1, 6, 6, 1]) as tf.Tensor4D, [2, 4], 1, 2), "square windows"],
    ["the largest of none", () => tf.max(tf.zeros([0, 3]), 0), "the axes [0] are empty"],
    ["crops beyond the blocks", () => tf.batchToSpaceND(ramp([2, 2, 2]), [1, 2], [[0, 5], [0, 0]]), "leave nothing"],
  ];

  it.each(refusals)("are refused: %s", async (_, run, message) => {
    await useBackend(backend);
    expect(run).toThrow(InvalidArgumentError);
    expect(run).toThrow(message);
  });

  // prettier-ignore
  const results: readonly (readonly [string, () => tf.Tensor, number[]])[] = [
    ["where of truth values", () => tf.where(tf.tensor1d([1, 0, 1], "bool"), tf.tensor1d([1, 1, 0], "bool"), tf.tensor1d([0, 0, 1], "bool")), [1, 0, 0]],
    ["isNaN of whole numbers", () => tf.isNaN(ramp([3], "int32")), [0, 0, 0]],
    ["a sum along a negative axis, counted on", () => tf.cumsum(ramp([2, 2]), -2), [1, 2, 4, 6]],
    ["one hot of truth values", () => tf.oneHot(tf.tensor1d([1, 5], "int32"), 2, 1, 0, "bool"), [0, 1, 0, 0]],
    ["PReLU with an alpha for each channel", () => tf.prelu<tf.Tensor>(tf.tensor2d([[-1, -1], [-2, 3]]), tf.tensor1d([0.5, 2])), [-0.5, -2, -1, 3]],
    ["the largest of NaN and a number", () => tf.maximum(tf.tensor1d([NaN, 1]), tf.tensor1d([2, NaN])), [NaN, NaN]],
    ["a product of no numbers", () => tf.prod(tf.zeros([0], "int32")), [1]],
    ["the sums of segments, one of them NaN", () => tf.unsortedSegmentSum(tf.tensor1d([NaN, 1, 2]), tf.tensor1d([0, 1, 1], "int32"), 2), [NaN, 3]],
  ];

  it.each(results)("are right where they only look odd: %s", async (_, run, expected) => {
    await useBackend(backend);
    expect([...tf.tidy(run).dataSync()]).toEqual(expected);
  });

  it("give the gradient of a pooling that rounds up", async () => {
    await useBackend(backend);
    const gradient = tf.tidy(() =>
      tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 0, "ceil").sum())(ramp([2, 3, 3, 1])),
    );
    expect([...gradient.dataSync()]).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1]);
  });

  it("give the gradient of an average over a volume, of which the padding has no part", async () => {
    await useBackend(backend);
    const gradient = tf.tidy(() =>
      tf.grad((x) => tf.avgPool3d(x as tf.Tensor5D, [1, 1, 2], [1, 1, 2], "same").sum())(ramp([1, 1, 1, 3, 1])),
    );
    expect([...gradient.dataSync()]).toEqual([0.5, 0.5, 1]);
  });
});
