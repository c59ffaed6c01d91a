import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { checkOptions } from "../engine/option-names.js";
import { causeOf } from "./backends/device-failure.js";
import { EarlyStopping } from "./callbacks/early-stopping.js";
import { TrialCallback, type TrialCallbackOptions } from "./callbacks/trial-callback.js";
import { History } from "./history.js";
import { startFromInitialModel } from "./initial-model.js";
import type { TrainableTrial } from "./trainable-trial.js";

/** Inputs and targets; the first axis counts the examples. For several inputs or outputs, an array or an object by name. */
export interface Examples {
  /** Inputs. */
  readonly x: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
  /** Targets. */
  readonly y: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
}

/** Batches of `{ xs, ys }`, already batched. */
export type Batches = tf.data.Dataset<tf.TensorContainer>;

/** What to train on, and what to compute the `val_` metrics on. */
export type FitData =
  | { readonly train: Examples; readonly validation?: Examples | undefined }
  | { readonly train: Batches; readonly validation?: Batches | undefined };

export interface FitOptions extends TrialCallbackOptions {
  /** Default: the study's, `trial.epochs`. */
  readonly epochs?: number;
  /** Default: 32. Ignored for data sets, which are already batched. */
  readonly batchSize?: number;
  /** Whether to shuffle the training examples before each epoch. Default: true. Ignored for data sets, which have their own order. */
  readonly shuffle?: boolean;
  /** By class index, how much an example of the class counts. Default: 1. */
  readonly classWeight?: tf.ModelFitArgs["classWeight"];
  /** Called in this order, before the epoch is reported. */
  readonly callbacks?: readonly (tf.Callback | tf.CustomCallback | tf.CustomCallbackArgs)[];
}

/**
 * Trains a compiled model as part of a trial: reports each epoch's monitored metric to the study, streams all metrics to the editor, ends
 * the trial if the pruner decides so, and stops within a batch when the study is stopped. When a saved model's training continues, the model
 * and its optimizer are first restored from it, and epochs are counted from there.
 *
 * @returns each epoch's metrics. An objective typically returns `history.last(monitor)` or `history.best(monitor)`.
 * @throws TrialPruned if the pruner ends the trial; never when retraining.
 * @throws the reason of `trial.signal` if it is aborted.
 * @throws TunelensError code `device-lost` if the GPU was lost, `device-error` if it failed, `out-of-memory` if its memory or WebAssembly's
 *   4 GB are full, `backend-broken` if WebAssembly crashed in the middle of an operation.
 * @throws InvalidArgumentError for an unknown option.
 * @throws TunelensError code `no-epochs` if neither the options nor the study set the number of epochs, `unknown-metric` if no metric is
 *   named `monitor`, `direction-missing` if the study sets no direction and `monitor` is better when higher, `model-mismatch` if the saved
 *   model has another shape.
 */
export async function fit(
  trial: TrainableTrial,
  model: tf.LayersModel,
  data: FitData,
  options: FitOptions = {},
): Promise<History> {
  checkOptions<FitOptions>("fit", options, {
    epochs: true,
    batchSize: true,
    shuffle: true,
    classWeight: true,
    callbacks: true,
    monitor: true,
    reportEvery: true,
  });
  trial.signal.throwIfAborted();
  const epochs = epochsOf(trial, options);
  const user = (options.callbacks ?? []).map((callback) =>
    callback instanceof tf.Callback || callback instanceof tf.CustomCallback
      ? callback
      : new tf.CustomCallback(callback),
  );
  const callbacks = [...user, new TrialCallback(trial, options)];
  const initialEpoch = await startFromInitialModel(trial, model);
  const range = { initialEpoch, epochs: initialEpoch + epochs };
  try {
    const { history } = isBatched(data)
      ? await model.fitDataset(data.train, {
          ...range,
          callbacks,
          validationData: data.validation,
          classWeight: options.classWeight,
          verbose: 0,
        })
      : await fitTensors(model, data, callbacks, { ...options, ...range });
    return new History(history as Record<string, number[]>);
  } catch (error) {
    throw causeOf(error);
  } finally {
    for (const callback of user) if (callback instanceof EarlyStopping) callback.forgetWeights();
  }
}

function fitTensors(
  model: tf.LayersModel,
  { train, validation }: { readonly train: Examples; readonly validation?: Examples | undefined },
  callbacks: (tf.Callback | tf.CustomCallback)[],
  { initialEpoch, epochs, batchSize = 32, shuffle = true, classWeight }: FitOptions & { readonly initialEpoch: number },
): Promise<tf.History> {
  return model.fit(train.x, train.y, {
    initialEpoch,
    epochs,
    batchSize,
    shuffle,
    classWeight,
    callbacks,
    validationData: validation && ([validation.x, validation.y] as [tf.Tensor, tf.Tensor]),
    verbose: 0,
  });
}

function isBatched(data: FitData): data is Extract<FitData, { train: Batches }> {
  return data.train instanceof tf.data.Dataset;
}

function epochsOf(trial: TrainableTrial, options: FitOptions): number {
  const epochs = options.epochs ?? trial.epochs;
  if (epochs !== undefined && Number.isInteger(epochs) && epochs > 0) return epochs;
  const found = epochs === undefined ? "the number of epochs is not set" : `the number of epochs cannot be ${epochs}`;
  throw new TunelensError(
    "no-epochs",
    `Trial ${trial.number}: ${found}. Set epochs in defineStudy(), or pass fit(…, { epochs }).`,
  );
}
