import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { EarlyStopping } from "./callbacks/early-stopping.js";
import type { TrainableTrial } from "./trainable-trial.js";

/** A callback as `model.fit` takes it. */
export type TrainingCallback = tf.Callback | tf.CustomCallback | tf.CustomCallbackArgs;

type CallbackObject = tf.Callback | tf.CustomCallback;

export function userCallbacks(callbacks: readonly TrainingCallback[] = []): CallbackObject[] {
  return callbacks.map((callback) =>
    callback instanceof tf.Callback || callback instanceof tf.CustomCallback
      ? callback
      : new tf.CustomCallback(callback),
  );
}

/** Called when a training ends in any way. */
export function forgetKeptWeights(callbacks: readonly CallbackObject[]): void {
  for (const callback of callbacks) if (callback instanceof EarlyStopping) callback.forgetWeights();
}

/**
 * How many epochs a training has.
 * @param caller the function that trains, for the error.
 * @param asked instead of the study's.
 * @throws TunelensError code `no-epochs`.
 */
export function epochsOf(caller: string, trial: TrainableTrial, asked: number | undefined): number {
  const epochs = asked ?? trial.epochs;
  if (epochs !== undefined && Number.isInteger(epochs) && epochs > 0) return epochs;
  const found = epochs === undefined ? "the number of epochs is not set" : `the number of epochs cannot be ${epochs}`;
  throw new TunelensError(
    "no-epochs",
    `Trial ${trial.number}: ${found}. Set epochs in defineStudy(), or pass ${caller}(…, { epochs }).`,
  );
}
