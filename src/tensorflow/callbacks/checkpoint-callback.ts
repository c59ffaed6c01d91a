import * as tf from "@tensorflow/tfjs";
import { checkOptions } from "../../engine/option-names.js";
import { checkpointsOf, type TrainingCheckpoints } from "../checkpoints/training-checkpoints.js";
import type { FitData } from "../fit-data.js";
import { History } from "../history.js";
import type { TrainableTrial } from "../trainable-trial.js";
import { type Logs, resolvedLogs } from "./monitor.js";

export interface CheckpointCallbackOptions {
  /** The training's other callbacks that remember something, such as `earlyStopping`. Default: none. */
  readonly callbacks?: readonly tf.Callback[];
  /** What it trains and validates on, where that are data sets: they are shuffled as they would have been. Default: tensors. */
  readonly data?: FitData;
}

/**
 * Keeps checkpoints of a training that calls `model.fit` or `model.fitDataset` itself, and continues it from there when the trial was
 * interrupted. Put it last in `callbacks`, after `trialCallback`, and pass its `initialEpoch`:
 * `model.fit(x, y, { epochs, initialEpoch: checkpoints.initialEpoch, callbacks: [stopping, trialCallback(trial), checkpoints] })`.
 * Data sets with `batchesPerEpoch` have none: `fit` knows how to continue them.
 * @param model is compiled.
 * @throws InvalidArgumentError for an unknown option. @throws TunelensError code `checkpoint-damaged`.
 */
export async function checkpointCallback(
  trial: TrainableTrial,
  model: tf.LayersModel,
  options: CheckpointCallbackOptions = {},
): Promise<CheckpointCallback> {
  checkOptions<CheckpointCallbackOptions>("checkpointCallback", options, { callbacks: true, data: true });
  const { callbacks = [], data } = options;
  const dataSets = [data?.train, data?.validation].filter((set) => set instanceof tf.data.Dataset);
  const shuffles = !(data?.train instanceof tf.data.Dataset);
  const checkpoints = await checkpointsOf(trial, { parts: [model, ...callbacks], shuffles, dataSets });
  return new CheckpointCallback(trial, checkpoints);
}

export class CheckpointCallback extends tf.Callback {
  /** The epoch (0-based) to start with; Infinity: all of them are done. */
  readonly initialEpoch: number;
  private readonly values: Record<string, number[]> = {};

  constructor(
    private readonly trial: TrainableTrial,
    private readonly checkpoints: TrainingCheckpoints | undefined,
  ) {
    super();
    const whole = { initialEpoch: 0, epochs: Infinity };
    const { initialEpoch, epochs } = checkpoints?.range(whole) ?? whole;
    this.initialEpoch = epochs === Infinity ? initialEpoch : Infinity;
  }

  /** The metrics of all epochs, those from before the interruption too. */
  get history(): History {
    return new History(this.checkpoints?.wholeHistory ?? this.values);
  }

  override async onTrainBegin(): Promise<void> {
    this.checkpoints?.restore();
  }

  override async onEpochBegin(): Promise<void> {
    this.checkpoints?.continueDraws();
    this.checkpoints?.epochBegins();
  }

  override async onBatchBegin(): Promise<void> {
    this.checkpoints?.batchBegins();
  }

  /** A training that is stopped ends with an error in `trialCallback`, of which this is not told. */
  override async onBatchEnd(): Promise<void> {
    if (this.trial.signal.aborted) await this.checkpoints?.end();
  }

  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    const metrics = await resolvedLogs(logs);
    if (this.checkpoints) await this.checkpoints.epochEnds(epoch, metrics, this.model.stopTraining);
    else for (const [name, value] of Object.entries(metrics)) (this.values[name] ??= []).push(value);
  }

  override async onTrainEnd(): Promise<void> {
    this.checkpoints?.trainingEnds(this.model.stopTraining);
    await this.checkpoints?.end();
  }
}
