import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError, TunelensError } from "../../engine/errors.js";
import { CallSite } from "../../engine/call-site.js";
import { checkOptions } from "../../engine/option-names.js";
import { learningRateOf, setLearningRate } from "../learning-rate.js";
import { directionOf, improves, type Logs, metricNamed, type Mode, monitoredValue, resolvedLogs } from "./monitor.js";

export interface ReduceLROnPlateauOptions {
  /** Metric to watch. Default: `val_loss`. */
  readonly monitor?: string;
  /** The learning rate is multiplied by this, in (0, 1). Default: 0.1. */
  readonly factor?: number;
  /** Number of epochs without an improvement after which the rate is reduced. Default: 10. */
  readonly patience?: number;
  /** Minimum change that counts as an improvement, ≥ 0. Default: 1e-4. */
  readonly minDelta?: number;
  /** Number of epochs to wait after a reduction before counting again. Default: 0. */
  readonly cooldown?: number;
  /** Default: `auto`, by the metric's name. */
  readonly mode?: Mode;
  /** The rate never falls below this. Default: 0. */
  readonly minLr?: number;
  /** Called with a message at each reduction. Default: none. */
  readonly log?: (message: string) => void;
}

/**
 * Reduces the learning rate when a metric no longer improves, exactly as Keras 3's `ReduceLROnPlateau` does. Like Keras, it adds
 * `learning_rate` to each epoch's metrics.
 * `model.fit` rejects with a TunelensError, code `unknown-metric`, if the first epoch has no metric named `monitor`.
 * @throws InvalidArgumentError for an unknown option.
 * @throws TunelensError code `invalid-option` for a factor outside (0, 1).
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): ReduceLROnPlateau {
  checkOptions<ReduceLROnPlateauOptions>("reduceLROnPlateau", options, {
    monitor: true,
    factor: true,
    patience: true,
    minDelta: true,
    cooldown: true,
    mode: true,
    minLr: true,
    log: true,
  });
  return new ReduceLROnPlateau(options, new CallSite(reduceLROnPlateau));
}

export class ReduceLROnPlateau extends tf.Callback {
  /** Whether an epoch had the metric: later ones may lack it. */
  private isMonitored = false;
  private wait = 0;
  private cooldownCounter = 0;
  private best: number | undefined;

  constructor(
    private readonly options: ReduceLROnPlateauOptions,
    private readonly site: CallSite,
  ) {
    super();
    const { factor = 0.1 } = options;
    if (!(factor > 0 && factor < 1)) {
      throw new TunelensError("invalid-option", `reduceLROnPlateau: factor must be between 0 and 1, not ${factor}.`);
    }
  }

  override async onTrainBegin(): Promise<void> {
    this.wait = 0;
    this.cooldownCounter = 0;
    this.best = undefined;
  }

  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    const { monitor = "val_loss", patience = 10, minDelta = 1e-4, mode = "auto" } = this.options;
    const metrics = await resolvedLogs(logs);
    metrics["learning_rate"] = rateOf(this.optimizer);
    const current = this.isMonitored ? metricNamed(metrics, monitor) : monitoredValue(metrics, monitor, this.site);
    this.isMonitored = true;
    if (current === undefined) return;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.wait = 0;
    }
    if (improves(current, this.best, directionOf(monitor, mode), minDelta)) {
      this.best = current;
      this.wait = 0;
    } else if (this.cooldownCounter === 0) {
      this.wait++;
      if (this.wait >= patience) this.reduce(epoch);
    }
  }

  private reduce(epoch: number): void {
    const { factor = 0.1, minLr = 0, cooldown = 0, log } = this.options;
    const rate = rateOf(this.optimizer);
    if (rate <= minLr) return;
    const reduced = Math.max(rate * factor, minLr);
    setLearningRate(this.optimizer, reduced);
    log?.(`Reduced the learning rate from ${rate} to ${reduced} after epoch ${epoch + 1}.`);
    this.cooldownCounter = cooldown;
    this.wait = 0;
  }

  private get optimizer(): tf.Optimizer {
    const optimizer: tf.Optimizer | undefined = this.model.optimizer;
    if (optimizer) return optimizer;
    throw new InvalidArgumentError(
      "reduceLROnPlateau: there is no optimizer. Write trainingLoop(trial, epoch, { optimizer }).",
    );
  }
}

function rateOf(optimizer: tf.Optimizer): number {
  const rate = learningRateOf(optimizer);
  if (rate !== undefined) return rate;
  const name = optimizer.getClassName();
  throw new TunelensError(
    "no-learning-rate",
    `reduceLROnPlateau: the optimizer ${name} has no learning rate to reduce.`,
  );
}
