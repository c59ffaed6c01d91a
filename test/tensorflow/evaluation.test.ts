import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { evaluateIn } from "../../src/tensorflow/evaluation.js";
import { fit, type FitOptions } from "../../src/tensorflow/fit.js";
import type { FitData } from "../../src/tensorflow/fit-data.js";
import { loadModel, saveModel } from "../../src/tensorflow/saved-model.js";
import { temporaryFolder } from "../temporary-folder.js";
import { RecordingTrial } from "./training-trial.js";

await useBackend("wasm");

const x = tf.tensor2d(
  Array.from({ length: 32 }, (_, i) => Math.sin(i * i)),
  [16, 2],
);
const y = tf.tidy(() => x.sum(1, true));
const batches = () =>
  tf.data.zip({ xs: tf.data.array(x.arraySync()), ys: tf.data.array(y.arraySync() as number[][]) }).batch(4);

function network(): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError", metrics: ["mae"] });
  return model;
}

it.each<[string, FitData, FitOptions]>([
  ["tensors", { train: { x, y }, validation: { x, y } }, {}],
  ["the last of the training examples", { train: { x, y } }, { validationSplit: 0.3 }],
  ["a data set", { train: { x, y }, validation: batches() }, {}],
  ["the first batches of a data set", { train: batches(), validation: batches() }, { validationBatches: 2 }],
])("a saved model is evaluated on what it was validated on: %s", async (_, data, options) => {
  const folder = join(temporaryFolder(), "model");
  const model = network();
  const { values: history } = await fit(new RecordingTrial(2), model, data, options);
  const backend = { backend: "wasm", device: "CPU", version: "" } as const;
  await saveModel(model, folder, { study: "s", trial: 0, params: {}, metrics: {}, history, backend, seed: null });

  const trial = new RecordingTrial(2);
  const evaluation = evaluateIn(trial, await loadModel(folder));
  const evaluated = await fit(trial, network(), data, options);
  expect(Object.keys(evaluated.values)).toEqual(["val_loss", "val_mae"]);
  for (const name of ["val_loss", "val_mae"]) {
    expect(evaluated.values[name]).toHaveLength(1);
    expect(evaluated.last(name)).toBeCloseTo(history[name]!.at(-1)!, 5);
    expect(evaluation.metrics?.[name]).toBe(evaluated.last(name));
  }
});
