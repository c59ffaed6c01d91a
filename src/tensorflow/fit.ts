import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { checkOptions } from "../engine/known-names.js";
import { causeOf } from "./backends/device-failure.js";
import { EarlyStopping } from "./callbacks/early-stopping.js";
import { TrialCallback, type TrialCallbackOptions } from "./callbacks/trial-callback.js";
import { History } from "./history.js";
import { startFromInitialModel } from "./initial-model.js";
import type { TrainableTrial } from "./trainable-trial.js";

/** Inputs and targets; the first axis counts the examples. Several inputs or outputs: an array, or by name. */
export interface Examples {
  readonly x: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
  readonly y: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
}

/** Batches of `{ xs, ys }`, already batched. */
export type Batches = tf.data.Dataset<tf.TensorContainer>;

export type FitData =
  | { readonly train: Examples; readonly validation?: Examples | undefined }
  | { readonly train: Batches; readonly validation?: Batches | undefined };

export interface FitOptions extends TrialCallbackOptions {
  /** Default: the study's, `trial.epochs`. */
  readonly epochs?: number;
  /** Default: 32. A data set is batched already. */
  readonly batchSize?: number;
  /** Whether the training examples are shuffled before each epoch. Default: true. A data set comes in its own order. */
  readonly shuffle?: boolean;
  readonly classWeight?: tf.ModelFitArgs["classWeight"];
  /** Called in this order, before the epoch is reported. */
  readonly callbacks?: readonly (tf.Callback | tf.CustomCallback | tf.CustomCallbackArgs)[];
}

/**
 * Trains a compiled model as part of a trial: reports each epoch's monitored metric to the study, streams all of them to
 * the editor, ends the trial when the pruner says so, and stops within a batch when the study is stopped. In a retraining that
 * goes on from a saved model, the model and its optimizer first get what was saved, and the epochs are counted on from there.
 *
 * @returns each epoch's metrics. `history.last(monitor)` or `history.best(monitor)` is what an objective returns.
 * @throws TrialPruned when the pruner says so; never when retraining.
 * @throws the reason of `trial.signal` when it is aborted.
 * @throws TunelensError code `device-lost` where the GPU went away, `device-error` where it refused its work, `out-of-memory` where its
 *   memory or WebAssembly's 4 GB are full, `backend-broken` where WebAssembly broke off in the middle of an operation.
 * @throws InvalidArgumentError for an unknown option.
 * @throws TunelensError code `no-epochs` where neither the options nor the study say how many, `unknown-metric` where there is
 *   nothing called `monitor`, `direction-missing` where the study gives no direction and `monitor` is better when higher, `model-mismatch` where the model to go on from is of another shape.
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
  const found = epochs === undefined ? "neither fit()'s options nor the study say" : `it cannot be ${epochs}`;
  throw new TunelensError(
    "no-epochs",
    `Trial ${trial.number}: how many epochs to train? ${found}. Set epochs in defineStudy(), or pass fit(…, { epochs }).`,
  );
}
