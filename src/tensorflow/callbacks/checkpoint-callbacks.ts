import * as tf from "@tensorflow/tfjs";
import type { Logs } from "./monitor.js";

/** What keeps checkpoints of a training. */
interface Checkpoints {
  restore(): void;
  epochBegins(): void;
  batchBegins(): void;
  epochEnds(epoch: number, logs: Readonly<Record<string, number>>, stopped: boolean): Promise<void>;
  trainingEnds(stopped: boolean): void;
}

/** Does something when an epoch begins, before the callbacks that follow. */
export class FirstCallback extends tf.Callback {
  constructor(private readonly epochBegins: () => void) {
    super();
  }

  override async onEpochBegin(): Promise<void> {
    this.epochBegins();
  }
}

/** Restores a training when all callbacks have begun anew, and saves it when all have judged an epoch. */
export class LastCallback extends tf.Callback {
  constructor(private readonly checkpoints: Checkpoints) {
    super();
  }

  override async onTrainBegin(): Promise<void> {
    this.checkpoints.restore();
  }

  override async onEpochBegin(): Promise<void> {
    this.checkpoints.epochBegins();
  }

  override async onBatchBegin(): Promise<void> {
    this.checkpoints.batchBegins();
  }

  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    // `TrialCallback`, which goes before, has read them from the device.
    await this.checkpoints.epochEnds(epoch, logs as Readonly<Record<string, number>>, this.model.stopTraining);
  }

  override async onTrainEnd(): Promise<void> {
    this.checkpoints.trainingEnds(this.model.stopTraining);
  }
}
