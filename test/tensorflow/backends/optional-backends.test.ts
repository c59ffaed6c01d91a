import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { evaluateModel } from "../../../src/tensorflow/evaluate-model.js";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { fit } from "../../../src/tensorflow/fit.js";
import { TensorWatch } from "../../../src/tensorflow/leaks.js";
import { loadModel, saveModel } from "../../../src/tensorflow/saved-model.js";
import { withSeededRandom } from "../../../src/tensorflow/seed.js";
import { RecordingTrial } from "../training-trial.js";
import { backendUnderTest, workspace } from "./provisioned.js";
import { temporaryFolder } from "../../temporary-folder.js";

const isUnderTest = (name: string) => backendUnderTest === name;

afterEach(() => tf.disposeVariables());

function smallModel(): tf.Sequential {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 3, inputShape: [4], activation: "tanh" }));
  model.add(tf.layers.dropout({ rate: 0.2 }));
  model.add(tf.layers.dense({ units: 2 }));
  model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError" });
  return model;
}

function examples() {
  return tf.tidy(() => ({ x: tf.linspace(0, 1, 64).reshape([16, 4]), y: tf.linspace(1, 0, 32).reshape([16, 2]) }));
}

describe.skipIf(!isUnderTest("tfjs-node"))("tfjs-node", () => {
  it("starts, and again after another", async () => {
    expect(await useBackend("tfjs-node", { workspace })).toMatchObject({ backend: "tfjs-node", version: "4.22.0" });
    await useBackend("wasm");
    expect(await useBackend("tfjs-node", { workspace })).toMatchObject({ device: "CPU (TensorFlow)" });
    expect(process.env["TF_FORCE_GPU_ALLOW_GROWTH"]).toBe("true");
  });

  it("is not taken for a GPU: tfjs-node-gpu without a CUDA device computes on the processor", async () => {
    // The same addon under the other name, built for the processor: what a machine without CUDA makes of the published package.
    const without = mkdtempSync(join(workspace, "without-cuda-"));
    const real = join(workspace, "node_modules", "@tensorflow", "tfjs-node");
    const folder = join(without, "node_modules", "@tensorflow", "tfjs-node-gpu");
    cpSync(real, folder, { recursive: true, verbatimSymlinks: true });
    await expect(useBackend("tfjs-node-gpu", { workspace: without })).rejects.toThrow(/no CUDA device/);
    expect(await useBackend("tfjs-node", { workspace })).toMatchObject({ backend: "tfjs-node" });
    rmSync(without, { recursive: true });
  });

  it("a tensor that there is no memory for ends the training", async () => {
    await useBackend("tfjs-node", { workspace });
    const { x, y } = examples();
    const trial = Object.assign(new RecordingTrial(200), { report: () => tf.fill([2 ** 24, 2 ** 24], 1).dispose() });
    const training = fit(trial, smallModel(), { train: { x, y } }, { monitor: "loss" });
    await expect(training).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(/^Tensor memory ran out: OOM when allocating tensor with shape/) as string,
    });
    tf.dispose([x, y]);
  });
});

describe.each(["tfjs-node", "webgpu"] as const)("%s", (name) => {
  const run = it.skipIf(!isUnderTest(name));

  run("fits, saves and loads a model, and leaves no tensor behind", async () => {
    await useBackend(name, { workspace });
    const before = tf.memory().numTensors;
    const watch = new TensorWatch();
    const { x, y } = examples();
    const model = smallModel();
    await fit(new RecordingTrial(2), model, { train: { x, y } }, { monitor: "loss" });
    const folder = temporaryFolder();
    const backend = await useBackend(name, { workspace });
    const metadata = { study: "s", trial: 0, params: {}, metrics: {}, history: {}, backend, seed: null };
    await saveModel(model, join(folder, "model"), metadata);
    const loaded = await loadModel(join(folder, "model"));
    expect(loaded.provenance.backend.backend).toBe(name);
    const [expected, actual] = [model, loaded.model].map((some) => some.predict(x) as tf.Tensor);
    const [a, b] = await Promise.all([expected!.data(), actual!.data()]);
    expect([...b]).toEqual([...a]);
    tf.dispose([x, y, expected!, actual!]);
    expect(watch.free().tensors).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  run("draws the same initial weights from the same seed", async () => {
    await useBackend(name, { workspace });
    const weights = () => withSeededRandom([7, 1], async () => [...(await smallModel().getWeights()[0]!.data())]);
    expect(await weights()).toEqual(await weights());
  });
});

describe.skipIf(!isUnderTest("webgpu"))("webgpu", () => {
  it("is said to be software where the adapter is", async () => {
    const description = await useBackend("webgpu", { workspace });
    if (!process.env["VK_ICD_FILENAMES"]?.includes("swiftshader")) return;
    expect(description).toMatchObject({
      device: "CPU (swiftshader-device-subzero, a software adapter)",
      software: true,
    });
  });

  // Stock kernels have shaders that do not compile for these. Of fewer than 1,000 elements, they would be turned around on the processor.
  it("turns whole numbers and truth values around, and takes them for floats", async () => {
    await useBackend("webgpu", { workspace });
    const shape: [number, number, number] = [10, 11, 12];
    const numbers = tf.range(0, 1320, 1, "int32").reshape<tf.Tensor3D>(shape);
    const truths = numbers.greater(700);
    // Element [k, i, j] of the result is [i, j, k] of what was turned around.
    const places = Array.from({ length: 1320 }, (_, at) => (at % 110) * 12 + Math.floor(at / 110));
    const turned = [numbers, truths, truths.cast("float32")].map((tensor) => tensor.transpose([2, 0, 1]));
    expect(turned.map(({ dtype }) => dtype)).toEqual(["int32", "bool", "float32"]);
    const [turnedNumbers, ...turnedTruths] = await Promise.all(turned.map((tensor) => tensor.data()));
    expect(Array.from(turnedNumbers!)).toEqual(places);
    const expected = places.map((place) => Number(place > 700));
    for (const values of turnedTruths) expect(Array.from(values)).toEqual(expected);
    expect(Array.from(await tf.tensor1d([1, 0], "bool").cast("float32").data())).toEqual([1, 0]);
  });

  // Dawn prints such errors and throws none: what was not computed has the numbers of tensors that were freed.
  it("a tensor that the device has no room for ends the training", async () => {
    await useBackend("webgpu", { workspace });
    const { x, y } = examples();
    const size = device().limits.maxBufferSize / 4 + 1;
    const trial = Object.assign(new RecordingTrial(200), { report: () => tf.fill([size], 1).dispose() });
    const training = fit(trial, smallModel(), { train: { x, y } }, { monitor: "loss" });
    await expect(training).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(
        /^Tensor memory ran out: Buffer size .* exceeds the max buffer size limit/,
      ) as string,
    });
    await useBackend("webgpu", { workspace });
    tf.fill([size], 1).dispose();
    await expect(evaluateModel(smallModel(), examples())).rejects.toMatchObject({ code: "out-of-memory" });
    expect(await useBackend("webgpu", { workspace })).toMatchObject({ backend: "webgpu" });
  });

  it("a shader that does not compile ends the training", async () => {
    await useBackend("webgpu", { workspace });
    const { x, y } = examples();
    const broken = { report: () => device().createShaderModule({ code: "fn broken(" }) };
    const training = fit(Object.assign(new RecordingTrial(200), broken), smallModel(), { train: { x, y } });
    await expect(training).rejects.toMatchObject({
      code: "device-error",
      message: expect.stringMatching(/wgsl|expected/i) as string,
    });
    expect(await useBackend("webgpu", { workspace })).toMatchObject({ backend: "webgpu" });
  });

  it("a lost device ends the training with the reason, and the next start has a new one", async () => {
    await useBackend("webgpu", { workspace });
    const { x, y } = examples();
    const trial = Object.assign(new RecordingTrial(200), { report: () => device().destroy() });
    const training = fit(trial, smallModel(), { train: { x, y } }, { monitor: "loss" });
    await expect(training).rejects.toMatchObject({ code: "device-lost" });
    expect(await useBackend("webgpu", { workspace })).toMatchObject({ backend: "webgpu" });
  });
});

interface Device {
  readonly limits: { readonly maxBufferSize: number };
  createShaderModule(options: { code: string }): unknown;
  destroy(): void;
}

function device(): Device {
  return (tf.backend() as unknown as { device: Device }).device;
}
