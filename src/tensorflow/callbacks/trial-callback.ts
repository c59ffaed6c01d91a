import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { TrialPruned } from "../../engine/errors.js";
import { CallSite } from "../../engine/call-site.js";
import { directionByName } from "../../engine/metric-direction.js";
import { checkOptions } from "../../engine/option-names.js";
import { throwIfDeviceFailed } from "../backends/device-failure.js";
import { expectAlive } from "../leaks.js";
import type { FitData } from "../fit-data.js";
import { startFromInitialModel } from "../initial-model.js";
import { divergedLoss, explainNaN } from "../mistakes/explain-nan.js";
import { checkBatchSize } from "../mistakes/check-data.js";
import { checkModel } from "../mistakes/check-model.js";
import { isOver, trackModel } from "../mistakes/forgotten-trainings.js";
import { MistakeReport } from "../mistakes/mistake-report.js";
import { checkModelIsNew, noteTrained } from "../mistakes/model-of-other-trial.js";
import { noteMetrics } from "../mistakes/returned-metric.js";
import type { TrainableTrial } from "../trainable-trial.js";
import { countRestoredEpochFrom, forgetRestoredEpoch, trainedModel } from "./early-stopping.js";
import { epochsBehind, setEpochsBehind } from "./epochs-behind.js";
import { type Logs, monitoredValue, resolvedLogs } from "./monitor.js";

export interface TrialCallbackOptions {
  /** The metric to report as the objective's intermediate value. Default: `val_loss` if the training has it, else `loss`. */
  readonly monitor?: string;
  /** Number of epochs between reports and pruning checks. Default: 1. */
  readonly reportEvery?: number;
}

/**
 * Does what `fit` does if you call `model.fit` or `model.fitDataset` yourself: reports each epoch, prunes, stops when the study is stopped,
 * and goes on from the saved model whose training continues. Put it last in `callbacks`. If a trial calls `model.fit` several times, epochs are counted across calls.
 *
 * `model.fit` then rejects with `TrialPruned` if the pruner ends the trial, with the signal's reason if it is aborted, and with a
 * `TunelensError` if the GPU has failed and its numbers are wrong.
 * @throws TunelensError code `direction-missing` if the study sets no direction and `monitor` is better when higher.
 */
export function trialCallback(trial: TrainableTrial, options: TrialCallbackOptions = {}): tf.Callback {
  checkOptions<TrialCallbackOptions>("trialCallback", options, { monitor: true, reportEvery: true });
  return new TrialCallback(trial, options, new CallSite(trialCallback));
}

/** How long training may keep the event loop, on which a stop arrives, to itself. */
const YIELD_EVERY_MS = 20;

/** TensorFlow.js's. */
const DEFAULT_BATCH_SIZE = 32;

const firstSteps = new WeakMap<tf.LayersModel, number>();

/** The step (0-based) that the first epoch of a model's training is in its trial; 0 where none was reported. */
export function firstStep(model: tf.LayersModel): number {
  return firstSteps.get(trainedModel(model)) ?? 0;
}

export class TrialCallback extends tf.Callback {
  private readonly report: MistakeReport;
  private yieldedAt = performance.now();
  private behind = 0;
  private isExplained = false;
  /** How much further the trial's steps are than the epochs of this training; undefined before its first epoch is over. */
  private ahead: number | undefined;

  constructor(
    private readonly trial: TrainableTrial,
    private readonly options: TrialCallbackOptions,
    private readonly site: CallSite,
    /** What it trains on, if that is known. */
    private readonly data?: FitData,
    /** Keeps what a scheduler continues the trial from. */
    private readonly checkpoints?: {
      pause(epoch: number, logs: Readonly<Record<string, number>>, stopped: boolean): Promise<void>;
    },
  ) {
    super();
    this.report = new MistakeReport(trial, site);
    const monitor = options.monitor ?? "loss";
    const better = directionByName(monitor);
    if (better) trial.monitors?.(monitor, better === "min" ? "minimize" : "maximize");
  }

  override async onTrainBegin(): Promise<void> {
    forgetRestoredEpoch(this.model);
    if (this.model instanceof tf.LayersModel) await this.beginWith(this.model);
    this.behind = epochsBehind(this.trial);
    this.ahead = undefined;
  }

  /** A loop of one's own may have no model. */
  private async beginWith(model: tf.LayersModel): Promise<void> {
    trackModel(this.trial, this.site, model);
    checkModelIsNew(model, this.report);
    if (!this.data && model.optimizer) {
      checkModel(model, this.report);
      this.checkBatchSize();
    }
    // Only `model.fit` leaves it to the callback: `fit` counts its epochs from there itself.
    const before = await startFromInitialModel(this.trial, model);
    if (before > 0) setEpochsBehind(this.trial, before);
    const held: unknown[] = Object.values(model.optimizer ?? {});
    expectAlive(held.filter((value) => value instanceof tf.Tensor));
  }

  /** Of `model.fit`, whose default nobody chose. */
  private checkBatchSize(): void {
    const { batchSize, samples } = this.params;
    const areKnown = typeof batchSize === "number" && typeof samples === "number";
    if (areKnown && batchSize !== DEFAULT_BATCH_SIZE) checkBatchSize(batchSize, samples, this.report);
  }

  override async onBatchEnd(): Promise<void> {
    if (performance.now() - this.yieldedAt >= YIELD_EVERY_MS) {
      await setImmediate();
      this.yieldedAt = performance.now();
    }
    // Not thrown here: TensorFlow.js would lose the tensors of an epoch cut short.
    if (this.trial.signal.aborted || isOver(this.trial)) this.model.stopTraining = true;
  }

  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    const metrics = { ...(await resolvedLogs(logs)) };
    throwIfDeviceFailed();
    this.trial.signal.throwIfAborted();
    if (isOver(this.trial)) {
      this.model.stopTraining = true;
      return;
    }
    if (this.model instanceof tf.LayersModel) noteTrained(this.model, this.trial);
    noteMetrics(this.trial, metrics);
    const step = this.count(epoch);
    await this.explainNaN(step, metrics);
    const monitor = this.options.monitor ?? ("val_loss" in metrics ? "val_loss" : "loss");
    this.trial.reportEpoch?.({ epoch: step, epochs: this.epochs(), logs: metrics, monitor });
    if ((this.trial.directions?.length ?? 1) > 1) return;
    if ((step + 1) % (this.options.reportEvery ?? 1) !== 0) return;
    const value = monitoredValue(metrics, monitor, this.site);
    this.trial.report(value, step);
    if (this.trial.purpose === "study" && this.trial.shouldPrune()) {
      if (this.trial.fitCheckpoint?.isPausing) await this.checkpoints?.pause(epoch, metrics, this.model.stopTraining);
      throw new TrialPruned(`Trial ${this.trial.number} was pruned after epoch ${step + 1} at ${monitor} ${value}.`);
    }
  }

  override async onTrainEnd(): Promise<void> {
    countRestoredEpochFrom(this.model, this.ahead ?? 0);
  }

  /** The first NaN of a training: those that follow have the same cause. */
  private async explainNaN(step: number, metrics: Readonly<Record<string, number>>): Promise<void> {
    const loss = divergedLoss(metrics);
    if (this.isExplained || !loss) return;
    this.isExplained = true;
    await explainNaN(loss, step, this.model, this.data, this.report);
  }

  /** @returns the trial's step: an `initialEpoch` that goes on where the training before has ended is one already. */
  private count(epoch: number): number {
    this.ahead ??= Math.max(0, this.behind - epoch);
    const step = epoch + this.ahead;
    const model = this.model;
    if (!firstSteps.has(model)) firstSteps.set(model, step);
    setEpochsBehind(this.trial, step + 1);
    return step;
  }

  /** How many there will be at the most, as far as is known. */
  private epochs(): number | undefined {
    const epochs: unknown = this.params["epochs"];
    if (typeof epochs !== "number" || !this.ahead) return typeof epochs === "number" ? epochs : undefined;
    return Math.max(this.ahead + epochs, this.trial.epochs ?? 0);
  }
}
