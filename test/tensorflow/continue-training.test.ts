import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { evaluateModel } from "../../src/tensorflow/evaluate-model.js";
import { fit } from "../../src/tensorflow/fit.js";
import { continueFrom, initialModel } from "../../src/tensorflow/initial-model.js";
import type { ModelMetadata } from "../../src/tensorflow/model-provenance.js";
import { loadModel, saveModel } from "../../src/tensorflow/saved-model.js";
import { RecordingTrial } from "./training-trial.js";
import { temporaryFolder } from "../temporary-folder.js";

beforeAll(() => useBackend("wasm"));

const x = () =>
  tf.tensor2d(
    Array.from({ length: 64 }, (_, i) => Math.sin(i * i)),
    [16, 4],
  );
const y = () =>
  tf.tensor2d(
    Array.from({ length: 16 }, (_, i) => Math.cos(i)),
    [16, 1],
  );
const data = () => ({ train: { x: x(), y: y() } });
const options = { shuffle: false, batchSize: 8 };

function build(optimizer: tf.Optimizer, units = 5): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units,
        activation: "tanh",
        inputShape: [4],
        kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
      }),
      tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotNormal({ seed: 4 }) }),
    ],
  });
  model.compile({ optimizer, loss: "meanSquaredError", metrics: ["mae"] });
  return model;
}

async function saved(model: tf.LayersModel, history: ModelMetadata["history"]): Promise<string> {
  const dir = join(temporaryFolder(), "model");
  const backend = { backend: "wasm", device: "CPU", version: "4.22.0" } as const;
  await saveModel(model, dir, {
    study: "s",
    trial: 3,
    params: {},
    metrics: { value: 1 },
    history,
    backend,
    seed: null,
  });
  return dir;
}

/** Trains for 3 epochs and saves. */
async function trainedAndSaved(optimizer: tf.Optimizer): Promise<string> {
  const model = build(optimizer);
  const { values } = await fit(new RecordingTrial(3), model, data(), options);
  return saved(model, values);
}

const optimizers: Record<string, () => tf.Optimizer> = {
  adam: () => tf.train.adam(0.02),
  momentum: () => tf.train.momentum(0.05, 0.9),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5),
  sgd: () => tf.train.sgd(0.1),
  adagrad: () => tf.train.adagrad(0.1),
};

describe("training that goes on from a saved model", () => {
  it.each(Object.entries(optimizers))("with %s gives what training without a break gives", async (_, optimizer) => {
    const whole = (await fit(new RecordingTrial(6), build(optimizer()), data(), options)).values.loss!;
    const dir = await trainedAndSaved(optimizer());

    const trial = new RecordingTrial(3);
    const continuation = continueFrom(trial, await loadModel(dir));
    const second = await fit(trial, build(optimizer()), data(), options);
    expect(continuation).toMatchObject({ used: true, optimizerRestored: true });
    expect(trial.reports.map(([, step]) => step)).toEqual([3, 4, 5]);
    second.values.loss!.forEach((loss, i) => expect(loss).toBeCloseTo(whole[3 + i]!, 6));

    const { model } = await loadModel(dir);
    const { history } = await model.fit(x(), y(), { ...options, epochs: 3, verbose: 0 });
    (history.loss as number[]).forEach((loss, i) => expect(loss).toBeCloseTo(whole[3 + i]!, 6));
  });

  it("keeps the learning rate that it was reduced to", async () => {
    const optimizer = tf.train.momentum(0.05, 0.9);
    const model = build(optimizer);
    optimizer.setLearningRate(0.001);
    const { model: loaded } = await loadModel(await saved(model, {}));
    expect(Reflect.get(loaded.optimizer, "learningRate")).toBe(0.001);
  });

  it("leaves nothing on the device when model and trial are gone", async () => {
    const dir = await trainedAndSaved(tf.train.adam(0.01));
    const before = tf.memory().numTensors;
    const { model } = await loadModel(dir);
    const again = await saved(model, {});
    model.dispose();
    model.optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(readFileSync(join(again, "optimizer.json"), "utf8")).toEqual(
      readFileSync(join(dir, "optimizer.json"), "utf8"),
    );
  });

  it("begins with a fresh optimizer where the saved one is another, or none was saved", async () => {
    const dir = await trainedAndSaved(tf.train.adam(0.01));
    const trial = new RecordingTrial(1);
    const continuation = continueFrom(trial, await loadModel(dir));
    await fit(trial, build(tf.train.sgd(0.1)), data(), options);
    expect(continuation).toMatchObject({ used: true, optimizerRestored: false });
    expect(trial.reports[0]![1]).toBe(3);

    for (const name of ["optimizer.json", "optimizer.bin"]) rmSync(join(dir, name));
    const older = await loadModel(dir);
    expect([older.optimizer, older.model.optimizer]).toEqual([null, undefined]);
  });

  it("refuses a model of another shape, and says which weight differs", async () => {
    const trial = new RecordingTrial(1);
    continueFrom(trial, await loadModel(await trainedAndSaved(tf.train.adam(0.01))));
    await expect(fit(trial, build(tf.train.adam(0.01), 7), data())).rejects.toMatchObject({
      code: "model-mismatch",
      message: expect.stringContaining("weight 0 is [4,7], saved is [4,5]"),
    });
  });

  it("is there for an objective that trains without fit, and only for its trial", async () => {
    const loaded = await loadModel(await trainedAndSaved(tf.train.adam(0.01)));
    const trial = new RecordingTrial(1);
    const continuation = continueFrom(trial, loaded);
    expect(initialModel(trial)).toBe(loaded);
    expect(continuation.used).toBe(true);
    expect(initialModel(new RecordingTrial(1))).toBeUndefined();
  });

  it("saves a model with a loss of its own; whoever loads it compiles it", async () => {
    const model = build(tf.train.adam(0.01));
    model.compile({ optimizer: tf.train.adam(0.01), loss: (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().mean() });
    const { model: loaded, optimizer } = await loadModel(await saved(model, {}));
    expect(optimizer).toMatchObject({ className: "Adam", trainingConfig: null });
    expect(loaded.optimizer).toBeUndefined();
    await expect(evaluateModel(loaded, { x: x(), y: y() })).rejects.toMatchObject({ code: "not-compiled" });
  });

  it("saves a model with a metric of its own; whoever loads it compiles it", async () => {
    const model = build(tf.train.sgd(0.01));
    const bias = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).mean();
    model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError", metrics: ["mae", bias] });
    const { numTensors } = tf.memory();
    const dir = await saved(model, {});
    expect(tf.memory().numTensors).toBe(numTensors);
    const { model: loaded, optimizer } = await loadModel(dir);
    expect(optimizer).toMatchObject({ className: "Adam", trainingConfig: null });
    expect(loaded.optimizer).toBeUndefined();
  });

  it("begins with a fresh optimizer where TensorFlow.js does not give the state: Adamax", async () => {
    const loaded = await loadModel(await trainedAndSaved(tf.train.adamax(0.01)));
    expect(loaded.model.optimizer.getClassName()).toBe("Adamax");
    const trial = new RecordingTrial(1);
    const continuation = continueFrom(trial, loaded);
    await fit(trial, build(tf.train.adamax(0.01)), data(), options);
    expect(continuation).toMatchObject({ used: true, optimizerRestored: false });
  });
});

describe("evaluateModel", () => {
  it("gives what the training gave, by name: of a folder, a saved model, a model, of tensors and of batches", async () => {
    const model = build(tf.train.adam(0.05));
    const validation = { x: x().mul(0.5), y: y() };
    const history = await fit(new RecordingTrial(3), model, { ...data(), validation }, options);
    const expected = { loss: history.last("val_loss"), mae: history.last("val_mae") };
    const dir = await saved(model, history.values);
    const { numTensors } = tf.memory();
    const close = (metrics: Record<string, number>) => {
      expect(Object.keys(metrics)).toEqual(["loss", "mae"]);
      expect(metrics.loss).toBeCloseTo(expected.loss, 5);
      expect(metrics.mae).toBeCloseTo(expected.mae, 5);
    };
    close(await evaluateModel(model, validation));
    close(await evaluateModel(dir, { x: { [model.inputNames[0]!]: validation.x }, y: [validation.y] }));
    expect(tf.memory().numTensors).toBe(numTensors);
    close(await evaluateModel(await loadModel(dir), validation, { batchSize: 5 }));
    const batches = tf.data.zip({
      xs: tf.data.array((await validation.x.array()) as number[][]),
      ys: tf.data.array(await validation.y.array()),
    });
    close(await evaluateModel(model, batches.batch(16)));
  });

  it("names the folder that has no model", async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "tunelens.json"), "{}");
    await expect(evaluateModel(dir, { x: x(), y: y() })).rejects.toMatchObject({ code: "model-not-found" });
  });
});
