import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { evaluateModel } from "./evaluate-model.js";
import type { Batches, Examples, FitData } from "./fit-data.js";
import { History } from "./history.js";
import { takeWeights } from "./initial-model.js";
import type { SavedModel } from "./saved-model.js";
import type { TrainableTrial } from "./trainable-trial.js";

/** The saved model that a trial evaluates instead of training one. */
export interface Evaluation {
  readonly saved: SavedModel;
  /** On the validation data, under the names of `fit`; undefined: not evaluated yet. */
  metrics: Readonly<Record<string, number>> | undefined;
}

/** Those of the options of `fit` that say what to evaluate on. */
interface EvaluationOptions {
  readonly batchSize?: number;
  readonly validationSplit?: number;
  readonly validationBatches?: number;
}

const evaluations = new WeakMap<TrainableTrial, Evaluation>();

/** From now on `fit` evaluates a saved model for this trial, and trains nothing. */
export function evaluateIn(trial: TrainableTrial, saved: SavedModel): Evaluation {
  const evaluation = { saved, metrics: undefined };
  evaluations.set(trial, evaluation);
  return evaluation;
}

export function evaluationOf(trial: TrainableTrial): Evaluation | undefined {
  return evaluations.get(trial);
}

/**
 * Gives the objective's model the saved weights and evaluates it on the validation data.
 * @returns the metrics as those of one epoch, so that the objective computes its value from them.
 * @throws TunelensError code `not-evaluated` without validation data, and for a second training, whose validation data the model may have
 *   been trained on; `model-mismatch` if the saved model has another shape.
 */
export async function evaluateInstead(
  evaluation: Evaluation,
  trial: TrainableTrial,
  model: tf.LayersModel,
  data: FitData,
  options: EvaluationOptions,
): Promise<History> {
  const fail = (reason: string): never => {
    throw new TunelensError("not-evaluated", `Trial ${trial.number}: the saved model cannot be evaluated: ${reason}`);
  };
  if (evaluation.metrics)
    return fail(
      "the objective calls fit() more than once, so Tunelens can't tell which data the model has not seen. " +
        "Evaluate it on data of your choice: evaluateModel(folder, data).",
    );
  const validation = validationOf(data, options);
  if (!validation) return fail("fit() has no validation data. Pass some: fit(trial, model, { train, validation }).");
  takeWeights(trial, model, evaluation.saved);
  const { batchSize } = options;
  const metrics = await evaluateModel(model, validation, batchSize === undefined ? {} : { batchSize });
  const named = Object.entries(metrics).map(([name, value]) => [`val_${name}`, value] as const);
  evaluation.metrics = Object.fromEntries(named);
  return new History(Object.fromEntries(named.map(([name, value]) => [name, [value]])));
}

function validationOf({ train, validation }: FitData, options: EvaluationOptions): Examples | Batches | undefined {
  const { validationSplit, validationBatches } = options;
  if (validation instanceof tf.data.Dataset)
    return validationBatches === undefined ? validation : validation.take(validationBatches);
  if (validation || validationSplit === undefined || train instanceof tf.data.Dataset) return validation;
  return { x: lastShare(train.x, validationSplit), y: lastShare(train.y, validationSplit) };
}

/** The last examples, as TensorFlow.js splits them. They are freed with the trial. */
function lastShare(tensors: Examples["x"], share: number): Examples["x"] {
  const last = (tensor: tf.Tensor) => tensor.slice(Math.floor(tensor.shape[0] * (1 - share)));
  if (tensors instanceof tf.Tensor) return last(tensors);
  if (Array.isArray(tensors)) return tensors.map(last);
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, last(tensor)]));
}
