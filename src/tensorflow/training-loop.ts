import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { CallSite } from "../engine/call-site.js";
import { InvalidArgumentError } from "../engine/errors.js";
import { checkOptions } from "../engine/option-names.js";
import { valueInWords } from "../engine/value-in-words.js";
import { causeOf } from "./backends/device-failure.js";
import { trainedModel } from "./callbacks/early-stopping.js";
import { type Logs, resolvedLogs } from "./callbacks/monitor.js";
import { TrialCallback, type TrialCallbackOptions } from "./callbacks/trial-callback.js";
import { checkpointsOf } from "./checkpoints/training-checkpoints.js";
import { History } from "./history.js";
import { startFromInitialModel } from "./initial-model.js";
import { trackTraining } from "./mistakes/forgotten-trainings.js";
import type { TrainableTrial } from "./trainable-trial.js";
import { epochsOf, forgetKeptWeights, type TrainingCallback, userCallbacks } from "./user-callbacks.js";

export interface TrainingLoopOptions extends TrialCallbackOptions {
  /** The network that learns: continued from a saved model, and what callbacks see. Default: none. */
  readonly model?: tf.LayersModel;
  /** What changes the network's weights; it is saved with the model and restored when its training continues. Default: the compiled model's. */
  readonly optimizer?: tf.Optimizer;
  /**
   * What an epoch changes, for checkpoints from which the trial is continued when it is interrupted: networks (with their optimizers, if they
   * are compiled), optimizers, variables, and objects whose fields are numbers, texts, tensors, typed arrays, and lists and plain objects of
   * these, such as an agent with its replay buffer. `true`: nothing but `model` and `optimizer`. The seeded random numbers and the callbacks are
   * saved too. Default: `false`, no checkpoints.
   */
  readonly checkpoint?: boolean | readonly object[];
  /** The number of epochs. Default: the study's, `trial.epochs`. */
  readonly epochs?: number;
  /** As for `fit`; there are no batches to call them for. */
  readonly callbacks?: readonly TrainingCallback[];
}

/** What an epoch measured, by name; scalars are read and disposed of. */
export type EpochLogs = Readonly<Record<string, number | tf.Scalar>>;

/**
 * Runs your own training loop as part of a trial, whatever trains in it: `optimizer.minimize`, `tf.variableGrads`, `trainOnBatch`, several
 * networks, an environment. Each epoch is reported, streamed, pruned, and stopped as by `fit`; `earlyStopping` and `reduceLROnPlateau` work
 * too. When a saved model's training continues, `model` and `optimizer` are first restored from it, and epochs are counted from there.
 *
 * @param epoch trains for one epoch, 0-based, and returns what it measured, such as `{ loss, val_loss }`.
 * @returns each epoch's metrics.
 * @throws what `epoch` throws, and what `fit` does.
 */
export function trainingLoop(
  trial: TrainableTrial,
  epoch: (epoch: number) => EpochLogs | Promise<EpochLogs>,
  options: TrainingLoopOptions = {},
): Promise<History> {
  const site = new CallSite(trainingLoop);
  return trackTraining(trial, "trainingLoop", site, () => runLoop(trial, epoch, options, site));
}

async function runLoop(
  trial: TrainableTrial,
  epoch: (epoch: number) => EpochLogs | Promise<EpochLogs>,
  options: TrainingLoopOptions,
  site: CallSite,
): Promise<History> {
  checkOptions<TrainingLoopOptions>("trainingLoop", options, {
    model: true,
    optimizer: true,
    checkpoint: true,
    epochs: true,
    callbacks: true,
    monitor: true,
    reportEvery: true,
  });
  trial.signal.throwIfAborted();
  const { model, optimizer } = options;
  const epochs = epochsOf("trainingLoop", trial, options.epochs);
  const user = userCallbacks(options.callbacks);
  // It has a model to train only when it is built.
  if (model instanceof tf.Sequential) model.build();
  // What saves and restores a model looks for its optimizer there, although nothing is compiled.
  if (model && optimizer) model.optimizer = optimizer;
  const before = model ? await startFromInitialModel(trial, model) : 0;
  const checkpoints = options.checkpoint ? await loopCheckpoints(trial, options, user) : undefined;
  const whole = { initialEpoch: before, epochs: before + epochs };
  const range = checkpoints?.range(whole) ?? whole;
  const own = [...user, new TrialCallback(trial, options, site, undefined, checkpoints)];
  const callbacks = new Callbacks(checkpoints ? [checkpoints.first, ...own, checkpoints.last] : own, options);
  try {
    const history = await callbacks.train(epoch, range.initialEpoch, range.epochs);
    return checkpoints ? new History(checkpoints.wholeHistory) : history;
  } catch (error) {
    throw site.locate(causeOf(error));
  } finally {
    await checkpoints?.end();
    forgetKeptWeights(user);
  }
}

/** @throws InvalidArgumentError where nothing says what an epoch changes. */
function loopCheckpoints(
  trial: TrainableTrial,
  { model, checkpoint }: TrainingLoopOptions,
  callbacks: readonly object[],
): ReturnType<typeof checkpointsOf> {
  const own = typeof checkpoint === "object" ? checkpoint : [];
  if (own.length === 0 && !model?.optimizer)
    throw new InvalidArgumentError(
      "trainingLoop: checkpoint needs what an epoch changes. Pass model and optimizer, or a list: checkpoint: [actor, critic, optimizer].",
    );
  const learning = new Set([...(model ? [model] : []), ...own]);
  const refuse = (part: object, field: string) => {
    // One that is saved by itself may also be a field of another.
    if (learning.has(Reflect.get(part, field) as object) || !own.includes(part)) return;
    throw new InvalidArgumentError(
      `trainingLoop: checkpoint cannot save "${field}" of ${part.constructor.name}. Keep numbers, texts, tensors, typed arrays, and lists ` +
        "and plain objects of these in it, or add what it refers to to the list.",
    );
  };
  const parts = [...learning, ...callbacks];
  return checkpointsOf(trial, { parts, refuse, shuffles: false, dataSets: [] });
}

/** Calls callbacks as `model.fit` does. */
class Callbacks {
  private readonly trained: tf.LayersModel;

  constructor(
    private readonly callbacks: readonly (tf.Callback | tf.CustomCallback)[],
    { model, optimizer }: TrainingLoopOptions,
  ) {
    // Without a model, callbacks may still end the training and change the learning rate.
    this.trained = model ? trainedModel(model) : ({ stopTraining: false, optimizer } as tf.LayersModel);
  }

  async train(epoch: (epoch: number) => EpochLogs | Promise<EpochLogs>, first: number, end: number): Promise<History> {
    const history: Record<string, number[]> = {};
    await this.begin(first, end);
    for (let number = first; number < end && !this.trained.stopTraining; number++) {
      await this.each((callback) => callback.onEpochBegin(number));
      const logs = logsOf(await epoch(number));
      // A stop arrives on the event loop, which the epoch may have kept to itself.
      await setImmediate();
      await this.each((callback) => callback.onEpochEnd(number, logs));
      for (const [name, value] of Object.entries(await resolvedLogs(logs))) (history[name] ??= []).push(value);
    }
    await this.each((callback) => callback.onTrainEnd());
    return new History(history);
  }

  private async begin(first: number, end: number): Promise<void> {
    this.trained.stopTraining = false;
    await this.each((callback) => {
      callback.setParams({ epochs: end, initialEpoch: first });
      // `setModel` takes no stand-in.
      Reflect.set(callback, "model", this.trained);
      return callback.onTrainBegin();
    });
  }

  private async each(call: (callback: tf.Callback | tf.CustomCallback) => Promise<void>): Promise<void> {
    for (const callback of this.callbacks) await call(callback);
  }
}

/** @throws InvalidArgumentError for anything but metrics by name: an epoch in JavaScript may return anything. */
function logsOf(returned: unknown): Logs {
  if (typeof returned !== "object" || returned === null || Array.isArray(returned) || returned instanceof tf.Tensor) {
    const { what } = valueInWords(returned);
    throw new InvalidArgumentError(
      `trainingLoop: the epoch returned ${what} instead of metrics by name. Write return { loss }.`,
    );
  }
  for (const [name, value] of Object.entries(returned)) {
    if (typeof value === "number" || value instanceof tf.Tensor) continue;
    const { what, advice } = valueInWords(value);
    throw new InvalidArgumentError(
      `trainingLoop: the epoch returned ${what} instead of a number as its metric "${name}". ${advice}`.trimEnd(),
    );
  }
  return { ...returned };
}
