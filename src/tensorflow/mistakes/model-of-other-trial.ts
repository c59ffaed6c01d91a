import type * as tf from "@tensorflow/tfjs";
import type { TrainableTrial } from "../trainable-trial.js";
import type { MistakeReport } from "./mistake-report.js";

/** Which trial last trained a model, and what its weights' values were afterwards. */
const trained = new WeakMap<tf.LayersModel, { readonly trial: TrainableTrial; readonly values: readonly object[] }>();

/** Called after each epoch, because a training may end without a word. */
export function noteTrained(model: tf.LayersModel, trial: TrainableTrial): void {
  trained.set(model, { trial, values: valuesOf(model) });
}

/** Warns if a model starts with the very weights that another trial has left it. */
export function checkModelIsNew(model: tf.LayersModel, report: MistakeReport): void {
  const before = trained.get(model);
  if (!before || before.trial === report.trial) return;
  const values = valuesOf(model);
  if (values.some((value, i) => value !== before.values[i])) return;
  report.warn(
    "model-of-other-trial",
    `the model was trained by trial ${before.trial.number} and goes on from there, so the trials are not comparable. Create the model ` +
      "in the objective, so that each trial has its own.",
  );
}

/** Setting a weight gives it another value. */
function valuesOf(model: tf.LayersModel): readonly object[] {
  return model.weights.map((weight) => weight.read().dataId);
}
