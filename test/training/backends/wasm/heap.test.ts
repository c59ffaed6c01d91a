import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { useBackend } from "../../../../src/training/backends/use-backend.js";

it("an allocation that finds no room in the heap throws, and nothing that is there changes", async () => {
  await useBackend("wasm");
  const backend = tf.backend() as tf.KernelBackend & { makeOutput(shape: number[], dtype: "float32"): tf.TensorInfo };
  const before = tf.range(0, 1000);
  // A gigabyte each, which is reserved but never touched.
  const held: tf.TensorInfo[] = [];
  const fill = () => {
    for (let block = 0; block < 5; block++) held.push(backend.makeOutput([2 ** 28], "float32"));
  };
  expect(fill).toThrow(expect.objectContaining({ code: "out-of-memory" }));
  expect(held.length).toBeGreaterThanOrEqual(2);
  expect(() => tf.ones([1000])).toThrow("WebAssembly's memory of 4 GB ran out: take smaller batches");
  expect(await before.data()).toEqual(Float32Array.from({ length: 1000 }, (_, i) => i));
});
