import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { causeOf, throwIfDeviceFailed } from "../../../../src/tensorflow/backends/device-failure.js";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";
import { fit } from "../../../../src/tensorflow/fit.js";
import { RecordingTrial } from "../../training-trial.js";

/** What Node has, whose types know WebAssembly only in a browser. */
declare const WebAssembly: { readonly RuntimeError: ErrorConstructor };

it("an operation that breaks off fails the training, and whatever is computed after it", async () => {
  await useBackend("wasm");
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const report = () => {
    throw new WebAssembly.RuntimeError("memory access out of bounds");
  };
  const trial = Object.assign(new RecordingTrial(), { report });
  const training = fit(trial, model, { train: { x: tf.ones([4, 2]), y: tf.ones([4, 1]) } }, { monitor: "loss" });
  const failure = expect.objectContaining({
    code: "backend-broken",
    message: expect.stringMatching(
      /^The wasm backend crashed mid-operation, .*: memory access out of bounds\. Try another/,
    ) as string,
  }) as Error;
  await expect(training).rejects.toThrow(failure);
  expect(throwIfDeviceFailed).toThrow(failure);
  await useBackend("wasm");
  expect(throwIfDeviceFailed).not.toThrow();
});

it("a module of the user's own that breaks off is not the backend's failure where that is not WebAssembly", async () => {
  await useBackend("cpu");
  const error = new WebAssembly.RuntimeError("unreachable");
  expect(causeOf(error)).toBe(error);
  await useBackend("wasm");
  expect(causeOf(error)).toMatchObject({ code: "backend-broken" });
  await useBackend("wasm");
});

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
  expect(() => tf.ones([1000])).toThrow("WebAssembly's 4 GB of memory ran out. Use smaller batches");
  expect(await before.data()).toEqual(Float32Array.from({ length: 1000 }, (_, i) => i));
});
