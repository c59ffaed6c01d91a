import * as tf from "@tensorflow/tfjs";
import { CallSite } from "../../engine/call-site.js";
import { InvalidArgumentError } from "../../engine/errors.js";
import { checkOptions } from "../../engine/option-names.js";
import { expectAlive } from "../leaks.js";
import { directionOf, improves, type Logs, metricNamed, type Mode, monitoredValue, resolvedLogs } from "./monitor.js";

export interface EarlyStoppingOptions {
  /** Metric to watch. Default: `val_loss`. */
  readonly monitor?: string;
  /** Minimum change that counts as an improvement, ≥ 0. Default: 0. */
  readonly minDelta?: number;
  /** Number of epochs without an improvement after which training stops. Default: 0. */
  readonly patience?: number;
  /** Default: `auto`, by the metric's name. */
  readonly mode?: Mode;
  /** Training stops after `patience` epochs that don't beat this value. Default: none. */
  readonly baseline?: number;
  /** Whether the model ends with the weights of its best epoch instead of its last. Default: false. */
  readonly restoreBestWeights?: boolean;
  /** The first epoch (0-based) to monitor. Default: 0. */
  readonly startFromEpoch?: number;
  /** Called with the reason when training stops. Default: none. */
  readonly log?: (message: string) => void;
}

/**
 * Stops training when a metric no longer improves, exactly as Keras 3's `EarlyStopping` does.
 * `model.fit` rejects with a TunelensError, code `unknown-metric`, if the first epoch has no metric named `monitor`.
 * @throws InvalidArgumentError for an unknown option.
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  checkOptions<EarlyStoppingOptions>("earlyStopping", options, {
    monitor: true,
    minDelta: true,
    patience: true,
    mode: true,
    baseline: true,
    restoreBestWeights: true,
    startFromEpoch: true,
    log: true,
  });
  return new EarlyStopping(options, new CallSite(earlyStopping));
}

const restoredEpochs = new WeakMap<tf.LayersModel, number>();

/** What a callback calls its model: what trains in a Sequential is a model of its own, without a public name. */
export function trainedModel(model: tf.LayersModel): tf.LayersModel {
  return model instanceof tf.Sequential ? (model as unknown as { model: tf.LayersModel }).model : model;
}

/**
 * The epoch (0-based, counted over its trial) whose weights a model was given back by `restoreBestWeights` when its training ended;
 * undefined: none.
 */
export function restoredEpoch(model: tf.LayersModel): number | undefined {
  return restoredEpochs.get(trainedModel(model));
}

/** Called when a training ends that is not its trial's first. @param before the epochs of those before. */
export function countRestoredEpochFrom(trained: tf.LayersModel, before: number): void {
  const epoch = restoredEpochs.get(trained);
  if (epoch !== undefined) restoredEpochs.set(trained, epoch + before);
}

/** Called when a training begins: its weights will be others. @param trained what a callback calls its model. */
export function forgetRestoredEpoch(trained: tf.LayersModel): void {
  restoredEpochs.delete(trained);
}

export class EarlyStopping extends tf.Callback {
  /** The epoch (0-based) after which training was stopped, where it was. */
  stoppedEpoch: number | undefined;
  /** The best epoch (0-based) so far. */
  bestEpoch = 0;
  /** Whether an epoch had the metric: later ones may lack it. */
  private isMonitored = false;
  private wait = 0;
  private best: number | undefined;
  private bestWeights: tf.Tensor[] | undefined;

  constructor(
    private readonly options: EarlyStoppingOptions,
    private readonly site: CallSite,
  ) {
    super();
  }

  override async onTrainBegin(): Promise<void> {
    if (this.options.restoreBestWeights && !(this.model instanceof tf.LayersModel))
      throw new InvalidArgumentError(
        "earlyStopping: restoreBestWeights needs the network. Write trainingLoop(trial, epoch, { model }).",
      );
    this.wait = 0;
    this.stoppedEpoch = undefined;
    this.best = undefined;
    this.bestEpoch = 0;
    this.forgetWeights();
    forgetRestoredEpoch(this.trainedModel);
  }

  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    const { monitor = "val_loss", patience = 0, baseline, minDelta = 0, startFromEpoch = 0 } = this.options;
    const metrics = await resolvedLogs(logs);
    if (epoch < startFromEpoch) return;
    const current = this.isMonitored ? metricNamed(metrics, monitor) : monitoredValue(metrics, monitor, this.site);
    this.isMonitored = true;
    if (current === undefined) return;
    if (this.options.restoreBestWeights && this.bestWeights === undefined) this.remember(epoch);
    const direction = directionOf(monitor, this.options.mode ?? "auto");
    this.wait++;
    if (improves(current, this.best, direction, minDelta)) {
      this.best = current;
      this.remember(epoch);
      if (baseline === undefined || improves(current, baseline, direction, minDelta)) this.wait = 0;
    } else if (this.wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.trainedModel.stopTraining = true;
    }
  }

  override async onTrainEnd(): Promise<void> {
    const { log, monitor = "val_loss" } = this.options;
    if (this.stoppedEpoch !== undefined) {
      log?.(`Stopped after epoch ${this.stoppedEpoch + 1}: ${monitor} no longer improved (best: ${this.best}).`);
    }
    if (this.bestWeights !== undefined) {
      this.trainedModel.setWeights(this.bestWeights);
      restoredEpochs.set(this.trainedModel, this.bestEpoch);
    }
    this.forgetWeights();
  }

  /** Frees the weights kept for `restoreBestWeights`; needed only where training ended with an error. */
  forgetWeights(): void {
    tf.dispose(this.bestWeights ?? []);
    this.bestWeights = undefined;
  }

  private remember(epoch: number): void {
    this.bestEpoch = epoch;
    if (!this.options.restoreBestWeights) return;
    this.forgetWeights();
    this.bestWeights = this.trainedModel.getWeights().map((weight) => weight.clone());
    expectAlive(this.bestWeights);
  }

  private get trainedModel(): tf.LayersModel {
    return this.model;
  }
}
