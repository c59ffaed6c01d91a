import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { TrialPruned } from "../../engine/errors.js";
import { checkOptions } from "../../engine/known-names.js";
import { throwIfDeviceFailed } from "../backends/device-failure.js";
import { expectAlive } from "../leaks.js";
import type { TrainableTrial } from "../trainable-trial.js";
import { forgetRestoredEpoch } from "./early-stopping.js";
import { type Logs, monitoredValue, resolvedLogs } from "./monitor.js";

export interface TrialCallbackOptions {
  /** The metric reported as the objective's intermediate value. Default: `val_loss` where the training has it, else `loss`. */
  readonly monitor?: string;
  /** Report, and ask whether to prune, each this many epochs. Default: 1. */
  readonly reportEvery?: number;
}

/**
 * What `fit` does, for those who call `model.fit` themselves: reports each epoch, prunes, and stops when the study is
 * stopped. Put it last in `callbacks`.
 *
 * `model.fit` then rejects with `TrialPruned` when the pruner says so, with the signal's reason when it is aborted, and with a
 * `TunelensError` where the GPU has failed, whose numbers are then wrong.
 */
export function trialCallback(trial: TrainableTrial, options: TrialCallbackOptions = {}): tf.Callback {
  checkOptions<TrialCallbackOptions>("trialCallback", options, { monitor: true, reportEvery: true });
  return new TrialCallback(trial, options);
}

/** How long training may keep the event loop, on which a stop arrives, to itself. */
const yieldEveryMs = 20;

export class TrialCallback extends tf.Callback {
  private yieldedAt = performance.now();

  constructor(
    private readonly trial: TrainableTrial,
    private readonly options: TrialCallbackOptions,
  ) {
    super();
  }

  override async onTrainBegin(): Promise<void> {
    const model = this.model as tf.LayersModel;
    forgetRestoredEpoch(model);
    const held: unknown[] = Object.values(model.optimizer);
    expectAlive(held.filter((value) => value instanceof tf.Tensor));
  }

  override async onBatchEnd(): Promise<void> {
    if (performance.now() - this.yieldedAt >= yieldEveryMs) {
      await setImmediate();
      this.yieldedAt = performance.now();
    }
    // Not thrown here: TensorFlow.js would lose the tensors of an epoch cut short.
    if (this.trial.signal.aborted) (this.model as tf.LayersModel).stopTraining = true;
  }

  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    const metrics = { ...(await resolvedLogs(logs)) };
    throwIfDeviceFailed();
    this.trial.signal.throwIfAborted();
    const epochs: unknown = this.params["epochs"];
    this.trial.reportEpoch?.({ epoch, epochs: typeof epochs === "number" ? epochs : undefined, logs: metrics });
    if ((this.trial.directions?.length ?? 1) > 1) return;
    if ((epoch + 1) % (this.options.reportEvery ?? 1) !== 0) return;
    const monitor = this.options.monitor ?? ("val_loss" in metrics ? "val_loss" : "loss");
    const value = monitoredValue(metrics, monitor);
    this.trial.report(value, epoch);
    if (this.trial.purpose === "study" && this.trial.shouldPrune()) {
      throw new TrialPruned(`Trial ${this.trial.number} was pruned after epoch ${epoch + 1} at ${monitor} ${value}.`);
    }
  }
}
