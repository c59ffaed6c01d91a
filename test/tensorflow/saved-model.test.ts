import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type * as FsPromises from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import type { ModelMetadata } from "../../src/tensorflow/model-provenance.js";
import { fileSystem, loadModel, saveModel } from "../../src/tensorflow/saved-model.js";
import { temporaryFolder } from "../temporary-folder.js";

/** How many renames a process still makes before it dies. */
const life = vi.hoisted(() => ({ renames: Infinity }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof FsPromises>();
  const rename: typeof real.rename = (from, to) =>
    life.renames-- > 0 ? real.rename(from, to) : Promise.reject(new Error("dead"));
  return { ...real, rename };
});

const metadata: ModelMetadata = {
  study: "digits",
  trial: 21,
  params: { layers: 2, activation: "relu" },
  metrics: { val_loss: 0.25 },
  history: { loss: [1, NaN, Infinity], val_loss: [2, 0.5, -Infinity] },
  backend: { backend: "wasm", device: "CPU", version: "4.22.0" },
  seed: null,
};

beforeAll(() => useBackend("wasm"));

function trainedModel(units = 4): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [8, 8, 1], activation: "relu" }),
      tf.layers.batchNormalization(),
      tf.layers.flatten(),
      tf.layers.dense({ units, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  return model;
}

const input = () =>
  tf.tensor4d(
    Array.from({ length: 128 }, (_, i) => Math.sin(i)),
    [2, 8, 8, 1],
  );
const predictions = (model: tf.LayersModel) => Array.from((model.predict(input()) as tf.Tensor).dataSync());

/** Nothing of ours: what the format promises to everybody. */
const PLAIN_SCRIPT = `
const { readFileSync } = require("node:fs");
const tf = require("@tensorflow/tfjs");
const dir = process.argv[2];
const { modelTopology, weightsManifest } = JSON.parse(readFileSync(dir + "/model.json", "utf8"));
const bytes = readFileSync(dir + "/" + weightsManifest[0].paths[0]);
const weightData = new Uint8Array(bytes).buffer;
tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData })).then((model) => {
  const x = tf.tensor4d(Array.from({ length: 128 }, (_, i) => Math.sin(i)), [2, 8, 8, 1]);
  process.stdout.write(JSON.stringify(Array.from(model.predict(x).dataSync())));
});
`;

describe("saveModel", () => {
  it("writes what a plain Node script without our code loads and predicts the same with", async () => {
    const dir = join(temporaryFolder(), "best");
    const model = trainedModel();
    await saveModel(model, dir, metadata);
    expect(readdirSync(dir).sort()).toEqual([
      "model.json",
      "optimizer.bin",
      "optimizer.json",
      "tunelens.json",
      "weights.bin",
    ]);
    const script = join(process.cwd(), "node_modules", `.plain-${process.pid}.cjs`);
    writeFileSync(script, PLAIN_SCRIPT);
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [script, dir]);
      const plain = JSON.parse(stdout) as number[];
      predictions(model).forEach((value, i) => expect(plain[i]).toBeCloseTo(value, 5));
    } finally {
      rmSync(script);
    }
  });

  it("comes back with its provenance, NaN and infinities included", async () => {
    const dir = join(temporaryFolder(), "models", "best");
    const model = trainedModel();
    const written = await saveModel(model, dir, metadata);
    const { folder, model: loaded, provenance } = await loadModel(dir);
    expect(folder).toBe(dir);
    expect(predictions(loaded)).toEqual(predictions(model));
    expect(provenance).toEqual(written);
    expect(provenance).toMatchObject(metadata);
    expect(provenance.versions).toEqual({
      node: process.versions.node,
      "@tensorflow/tfjs": tf.version.tfjs,
      "@tensorflow/tfjs-backend-wasm": "4.22.0",
    });
  });

  it("is the best of all trials where a study's folder is loaded, which says which", async () => {
    const study = join(temporaryFolder(), "models", "digits");
    const models = { "trial-3/v1": 0.8, "trial-12/v1": 0.9, "trial-12/v2": 0.7 };
    for (const [name, value] of Object.entries(models))
      await saveModel(trainedModel(), join(study, name), { ...metadata, metrics: { value }, direction: "maximize" });
    const { folder, provenance } = await loadModel(study);
    expect([folder, provenance.metrics]).toEqual([join(study, "trial-12/v1"), { value: 0.9 }]);
    expect((await loadModel(join(study, "trial-3"))).folder).toBe(join(study, "trial-3/v1"));
    expect((await loadModel(join(study, "trial-12/v2"))).folder).toBe(join(study, "trial-12/v2"));
  });

  it("loads what an earlier version saved, which knew less of where it comes from", async () => {
    const dir = join(temporaryFolder(), "best");
    const model = trainedModel();
    await saveModel(model, dir, metadata);
    const older = { ...metadata, history: {}, versions: { node: "22.15.0", tfjs: "4.22.0" }, savedAt: "2026-01-01" };
    writeFileSync(join(dir, "tunelens.json"), JSON.stringify(older));
    const { model: loaded, provenance } = await loadModel(dir);
    expect(predictions(loaded)).toEqual(predictions(model));
    expect(provenance).toEqual(older);
  });

  it("replaces an older model as a whole and leaves nothing beside it", async () => {
    const parent = temporaryFolder();
    const dir = join(parent, "best");
    await saveModel(trainedModel(4), dir, metadata);
    await saveModel(trainedModel(7), dir, { ...metadata, trial: 22 });
    const { model, provenance } = await loadModel(dir);
    expect([model.outputs[0]!.shape, provenance.trial]).toEqual([[null, 7], 22]);
    expect(readdirSync(parent)).toEqual(["best"]);
  });

  it("keeps the older model where the new one cannot be saved", async () => {
    const parent = temporaryFolder();
    const dir = join(parent, "best");
    await saveModel(trainedModel(4), dir, metadata);
    const broken = trainedModel(5);
    broken.save = () => Promise.reject(new Error("no space left"));
    await expect(saveModel(broken, dir, metadata)).rejects.toThrow("no space left");
    expect((await loadModel(dir)).model.outputs[0]!.shape).toEqual([null, 4]);
    expect(readdirSync(parent)).toEqual(["best"]);
  });

  it("leaves the older model to be loaded where the process dies between taking it away and putting the new one there", async () => {
    const parent = temporaryFolder();
    const dir = join(parent, "best");
    await saveModel(trainedModel(4), dir, metadata);
    life.renames = 1;
    await expect(saveModel(trainedModel(5), dir, metadata)).rejects.toThrow("dead");
    life.renames = Infinity;
    expect(existsSync(dir)).toBe(false);
    const { model, optimizer } = await loadModel(dir);
    expect(model.outputs[0]!.shape).toEqual([null, 4]);
    expect(optimizer).not.toBeNull();

    await saveModel(trainedModel(6), dir, metadata);
    expect((await loadModel(dir)).model.outputs[0]!.shape).toEqual([null, 6]);
    expect(readdirSync(parent)).toEqual(["best"]);
  });

  it.each([false, true])("does not replace a folder that holds something else (a model too: %s)", async (hasModel) => {
    const dir = join(temporaryFolder(), "best");
    if (hasModel) await saveModel(trainedModel(), dir, metadata);
    mkdirSync(join(dir, "photos"), { recursive: true });
    await expect(saveModel(trainedModel(), dir, metadata)).rejects.toThrow(
      /contains more than a saved model \(photos\)/,
    );
    expect(existsSync(join(dir, "photos"))).toBe(true);
  });
});

describe("fileSystem", () => {
  it("reads weights in several files, as TensorFlow.js's converter writes them", async () => {
    const dir = temporaryFolder();
    const model = trainedModel();
    await model.save(fileSystem(dir));
    const json = JSON.parse(readFileSync(join(dir, "model.json"), "utf8")) as tf.io.ModelJSON;
    const bytes = readFileSync(join(dir, "weights.bin"));
    writeFileSync(join(dir, "a.bin"), bytes.subarray(0, 50));
    writeFileSync(join(dir, "b.bin"), bytes.subarray(50));
    json.weightsManifest[0]!.paths = ["a.bin", "b.bin"];
    writeFileSync(join(dir, "model.json"), JSON.stringify(json));
    expect(predictions(await tf.loadLayersModel(fileSystem(dir)))).toEqual(predictions(model));
  });

  it("names the folder in which there is no model", async () => {
    const dir = temporaryFolder();
    await expect(tf.loadLayersModel(fileSystem(dir))).rejects.toThrow(
      `There is no saved model in ${dir}: it has no model.json.`,
    );
    await expect(loadModel(dir)).rejects.toThrow(/no saved model/);
    const nowhere = join(dir, "nowhere");
    await expect(loadModel(nowhere)).rejects.toThrow(`There is no saved model in ${nowhere}: there is no such folder.`);
  });
});
