import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("wasm");
});

const x = () =>
  tf.tensor(
    Array.from({ length: 60 }, (_, i) => Math.sin(0.7 * (i * i + 3 * i + 1))),
    [3, 4, 5],
  );

async function expectAlike(compute: () => tf.Tensor[]): Promise<void> {
  const found: number[][] = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    found.push(tf.tidy(() => compute().flatMap((tensor) => [tensor.size, ...tensor.dataSync()])));
  }
  const [expected, actual] = found as [number[], number[]];
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 4));
}

describe("Sum", () => {
  it.each([[[0]], [[0, 1]], [[1, 0]], [[1]], [[-1]], [[0, 2]], [[0, 1, 2]], [[]]])(
    "sums over axes %j",
    async (axes) => {
      await expectAlike(() => [x().sum(axes), x().sum(axes, true)]);
    },
  );

  it("sums whole numbers and truth values", async () => {
    await expectAlike(() => [tf.tensor2d([1, -2, 3, 4], [2, 2], "int32").sum(0)]);
    await expectAlike(() => [tf.tensor2d([true, false, true, true], [2, 2], "bool").sum(0)]);
  });
});
