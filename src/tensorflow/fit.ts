import * as tf from "@tensorflow/tfjs";
import { CallSite } from "../engine/call-site.js";
import { checkOptions } from "../engine/option-names.js";
import { InvalidArgumentError } from "../engine/errors.js";
import { causeOf } from "./backends/device-failure.js";
import { TrialCallback, type TrialCallbackOptions } from "./callbacks/trial-callback.js";
import { validateOn } from "./callbacks/validate-on.js";
import { checkpointsOf } from "./checkpoints/training-checkpoints.js";
import { trainOnBatches, withoutWeights } from "./data-set-batches.js";
import { evaluateInstead, evaluationOf } from "./evaluation.js";
import type { Batches, Examples, FitData } from "./fit-data.js";
import { History } from "./history.js";
import { startFromInitialModel } from "./initial-model.js";
import { checkFitArguments } from "./mistakes/check-data.js";
import { checkLabels } from "./mistakes/check-labels.js";
import { checkModel } from "./mistakes/check-model.js";
import { trackTraining } from "./mistakes/forgotten-trainings.js";
import { MistakeReport } from "./mistakes/mistake-report.js";
import { type SampleWeight, weighExamples } from "./sample-weights.js";
import type { TrainableTrial } from "./trainable-trial.js";
import { epochsOf, forgetKeptWeights, type TrainingCallback, userCallbacks } from "./user-callbacks.js";

export interface FitOptions extends TrialCallbackOptions {
  /** The number of epochs. Default: the study's, `trial.epochs`. */
  readonly epochs?: number;
  /** The epoch (0-based) to start from, of `epochs`. Default: 0. */
  readonly initialEpoch?: number;
  /** Default: 32. Ignored for data sets, which are already batched. */
  readonly batchSize?: number;
  /** Whether to shuffle the training examples before each epoch. Default: true. Ignored for data sets, which have their own order. */
  readonly shuffle?: boolean;
  /** The share of the training examples, in (0, 1), to validate on: the last ones, as in Keras. Only for tensors, without `validation`. */
  readonly validationSplit?: number;
  /** The batches of an epoch, for data sets that go on longer. Default: all. */
  readonly batchesPerEpoch?: number;
  /** The batches to validate on, of a data set. Default: all. */
  readonly validationBatches?: number;
  /** By class index, how much an example of the class counts. For several outputs, by the output's name or in its order. Default: 1. */
  readonly classWeight?: tf.ModelFitArgs["classWeight"];
  /** How much each training example counts: one number per example; for several outputs, also by the output's name. Only for tensors: batches of a data set may have their own. Default: 1. */
  readonly sampleWeight?: SampleWeight;
  /** Called in this order, before the epoch is reported. */
  readonly callbacks?: readonly TrainingCallback[];
}

/**
 * Trains a compiled model as part of a trial: reports each epoch's monitored metric to the study, streams all metrics to the editor, ends
 * the trial if the pruner decides so, and stops within a batch when the study is stopped. When a saved model's training continues, the model
 * and its optimizer are first restored from it, and epochs are counted from there. When a saved model is evaluated (`tunelens evaluate`),
 * nothing is trained: the history has one epoch, with the model's metrics on the validation data.
 *
 * @returns each epoch's metrics. An objective typically returns `history.last(monitor)` or `history.best(monitor)`.
 * @throws TrialPruned if the pruner ends the trial; never when retraining.
 * @throws the reason of `trial.signal` if it is aborted.
 * @throws TunelensError code `device-lost` if the GPU was lost, `device-error` if it failed, `out-of-memory` if its memory or WebAssembly's
 *   4 GB are full, `backend-broken` if WebAssembly crashed in the middle of an operation.
 * @throws InvalidArgumentError for an unknown option, and one that the data has no use for.
 * @throws TunelensError code `no-epochs` if neither the options nor the study set the number of epochs, `unknown-metric` if no metric is
 *   named `monitor`, `not-compiled`, `invalid-learning-rate`, `wrong-labels` if the loss cannot take the labels, `direction-missing` if the study sets no direction and `monitor` is better when higher, `model-mismatch` if the saved
 *   model has another shape, `not-evaluated` if a saved model is to be evaluated and there is no validation data.
 */
export function fit(
  trial: TrainableTrial,
  model: tf.LayersModel,
  data: FitData,
  options: FitOptions = {},
): Promise<History> {
  const site = new CallSite(fit);
  return trackTraining(trial, "fit", site, () => train(new MistakeReport(trial, site), model, data, options));
}

async function train(
  report: MistakeReport,
  model: tf.LayersModel,
  data: FitData,
  options: FitOptions,
): Promise<History> {
  const { trial, site } = report;
  checkFitArguments(model, data, options, report);
  checkFitOptions(data, options);
  trial.signal.throwIfAborted();
  const evaluation = evaluationOf(trial);
  if (evaluation) return evaluateInstead(evaluation, trial, model, data, options);
  const epochs = epochsOf("fit", trial, options.epochs);
  const user = userCallbacks(options.callbacks);
  const validation = isBatched(data.validation) && !isBatched(data.train) ? [validateOn(data.validation, options)] : [];
  const before = await startFromInitialModel(trial, model);
  const whole = { initialEpoch: before + (options.initialEpoch ?? 0), epochs: before + epochs };
  const checkpoints = await trainingCheckpoints(trial, model, data, options, user);
  const train = checkpoints?.batches ?? data.train;
  const range = checkpoints?.range(whole) ?? whole;
  const own = [...validation, ...user, new TrialCallback(trial, options, site, data, checkpoints)];
  const callbacks = checkpoints ? [checkpoints.first, ...own, checkpoints.last] : own;
  try {
    checkModel(model, report);
    await checkLabels(model, data, options, report);
    const args = { ...range, callbacks, classWeight: options.classWeight, verbose: 0 as const };
    const { history } = isBatched(train)
      ? await trainOnBatches(model, train, report, (batches) =>
          model.fitDataset(batches, { ...args, ...datasetArgs(data, options) }),
        )
      : await fitTensors(model, train, data.validation, args, options);
    return new History(checkpoints?.wholeHistory ?? (history as Record<string, number[]>));
  } catch (error) {
    throw site.locate(causeOf(error));
  } finally {
    await checkpoints?.end();
    forgetKeptWeights(user);
  }
}

function trainingCheckpoints(
  trial: TrainableTrial,
  model: tf.LayersModel,
  { train, validation }: FitData,
  { shuffle = true, batchesPerEpoch }: FitOptions,
  callbacks: readonly object[],
): ReturnType<typeof checkpointsOf> {
  const goesOn = batchesPerEpoch !== undefined && isBatched(train);
  return checkpointsOf(trial, {
    parts: [model, ...callbacks],
    shuffles: shuffle && !isBatched(train),
    batches: goesOn ? train : undefined,
    dataSets: [goesOn ? undefined : train, validation].filter(isBatched),
  });
}

function datasetArgs({ validation }: FitData, { batchesPerEpoch, validationBatches, batchSize }: FitOptions) {
  return {
    ...(batchesPerEpoch === undefined ? {} : { batchesPerEpoch }),
    ...(validationBatches === undefined ? {} : { validationBatches }),
    ...(batchSize === undefined ? {} : { validationBatchSize: batchSize }),
    validationData: isBatched(validation) ? withoutWeights(validation) : validation && pairOf(validation),
  };
}

function fitTensors(
  model: tf.LayersModel,
  { x, y }: Examples,
  validation: FitData["validation"],
  args: tf.ModelFitArgs,
  { batchSize = 32, shuffle = true, validationSplit, sampleWeight }: FitOptions,
): Promise<tf.History> {
  const train = () =>
    model.fit(x, y, {
      ...args,
      batchSize,
      shuffle,
      ...(validationSplit === undefined ? {} : { validationSplit }),
      ...(validation && !isBatched(validation) ? { validationData: pairOf(validation) } : {}),
    });
  return sampleWeight ? weighExamples(model, sampleWeight, train) : train();
}

/** TensorFlow.js takes arrays and objects too, which its type does not say. */
function pairOf({ x, y }: Examples): [tf.Tensor, tf.Tensor] {
  return [x, y] as [tf.Tensor, tf.Tensor];
}

function isBatched(data: Examples | Batches | undefined): data is Batches {
  return data instanceof tf.data.Dataset;
}

/** Options that would be ignored, although the training that they ask for is another one. */
function checkFitOptions({ train, validation }: FitData, options: FitOptions): void {
  checkOptions<FitOptions>("fit", options, {
    epochs: true,
    initialEpoch: true,
    batchSize: true,
    shuffle: true,
    validationSplit: true,
    batchesPerEpoch: true,
    validationBatches: true,
    classWeight: true,
    sampleWeight: true,
    callbacks: true,
    monitor: true,
    reportEvery: true,
  });
  const { validationSplit, sampleWeight, batchesPerEpoch } = options;
  if (validationSplit !== undefined && !(validationSplit > 0 && validationSplit < 1))
    throw new InvalidArgumentError(`fit: validationSplit must be between 0 and 1, not ${validationSplit}.`);
  if (validationSplit !== undefined && validation)
    throw new InvalidArgumentError("fit: validationSplit and validation exclude each other. Pass one of them.");
  if (validationSplit !== undefined && isBatched(train))
    throw new InvalidArgumentError("fit: validationSplit needs tensors. Split the data set with take() and skip().");
  if (sampleWeight && isBatched(train))
    throw new InvalidArgumentError(
      "fit: sampleWeight needs tensors. Give the batches of a data set their own: { xs, ys, sampleWeight }.",
    );
  if (batchesPerEpoch !== undefined && !isBatched(train))
    throw new InvalidArgumentError("fit: batchesPerEpoch needs a data set. Tensors are trained on as a whole.");
}
