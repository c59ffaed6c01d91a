import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("wasm");
});

function wave(shape: number[], frequency = 0.7): tf.Tensor {
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    Math.sin(frequency * (i * i + 3 * i + 1)),
  );
  return tf.tensor(values, shape);
}

/** A linear operation's gradient: what it does, with what flows back, the other way around. @param places what stands in the output, of numbers that stand in the input */
async function expectSums(
  operation: (x: tf.Tensor) => tf.Tensor,
  shape: number[],
  places: (indices: tf.Tensor) => tf.Tensor,
): Promise<void> {
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    const size = tf.util.sizeFromShape(shape);
    const from = places(tf.range(0, size, 1, "int32").reshape(shape));
    const dy = wave(from.shape, 0.4);
    const expected = new Float64Array(size);
    const flows = dy.dataSync();
    from.dataSync().forEach((element, i) => (expected[element]! += flows[i]!));
    const dx = tf.grad(operation)(wave(shape), dy);
    expect(dx.shape).toEqual(shape);
    dx.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  }
}

describe("tile's gradient", () => {
  it.each([
    [[3], [4]],
    [[2, 3], [3, 2]], // prettier-ignore
    [[1, 1, 5], [4, 3, 1]], // prettier-ignore
    [[2, 1, 3], [2, 3, 2]], // prettier-ignore
    [[2, 1, 3, 2], [1, 2, 2, 3]], // prettier-ignore
    [[1, 2, 1, 2, 3], [2, 1, 3, 1, 2]], // prettier-ignore
    [[2, 3], [1, 1]], // prettier-ignore
  ])("sums the repetitions of %j by %j", async (shape, reps) => {
    const tile = (x: tf.Tensor) => tf.tile(x, reps);
    await expectSums(tile, shape, tile);
  });

  it("takes no slices", async () => {
    await tf.setBackend("wasm");
    const { kernelNames } = await tf.profile(() => tf.grad((x) => tf.tile(x, [8, 16, 1]))(wave([1, 1, 5])));
    expect(kernelNames).not.toContain("Slice");
  });
});

describe("gather's gradient", () => {
  it.each([
    { shape: [5, 3], indices: [[2, 0, 2], [4, 2, 2]], axis: 0, batchDims: 0 }, // prettier-ignore
    { shape: [5], indices: [[2, 0], [4, 2]], axis: 0, batchDims: 0 }, // prettier-ignore
    { shape: [4, 5, 2], indices: [[2, 0], [4, 2]], axis: 1, batchDims: 0 }, // prettier-ignore
    { shape: [4, 5, 2], indices: [[1, 0], [1, 1]], axis: -1, batchDims: 0 }, // prettier-ignore
    { shape: [2, 5, 3], indices: [[2, 0, 2], [4, 2, 2]], axis: 1, batchDims: 1 }, // prettier-ignore
    { shape: [2, 3, 5], indices: [[2, 0], [4, 2]], axis: 2, batchDims: 1 }, // prettier-ignore
  ])("sums what was taken of $shape along $axis, batch dimensions: $batchDims", async (each) => {
    const { shape, indices, axis, batchDims } = each;
    const take = (x: tf.Tensor) => tf.gather(x, tf.tensor2d(indices, undefined, "int32"), axis, batchDims);
    await expectSums(take, shape, take);
  });

  it("takes no slices of batches", async () => {
    await tf.setBackend("wasm");
    const rows = tf.tensor2d([[2, 0], [4, 2]], undefined, "int32"); // prettier-ignore
    const { kernelNames } = await tf.profile(() => tf.grad((x) => tf.gather(x, rows, 1, 1))(wave([2, 5, 3])));
    expect(kernelNames).not.toContain("Slice");
  });
});
