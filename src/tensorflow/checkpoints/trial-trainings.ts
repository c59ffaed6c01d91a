import { existsSync } from "node:fs";
import { copyFile, link } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoint } from "../../engine/trial/checkpoint.js";
import { epochsBehind } from "../callbacks/epochs-behind.js";
import type { TrainableTrial } from "../trainable-trial.js";
import {
  type Captured,
  filesOf,
  readTraining,
  type TrainingFiles,
  trainingFiles,
  writeTraining,
} from "./training-files.js";

/** Checkpoints take at most this share of the time. */
const MAX_SHARE = 0.03;
/** Trainings that have ended and are in no checkpoint yet are kept in memory; where they are more bytes than this, one is saved. */
const MAX_HELD_BYTES = 64e6;

const ofTrials = new WeakMap<TrainableTrial, TrialTrainings>();

/** undefined: the trial keeps no checkpoints of its trainings. */
export function trainingsOf(trial: TrainableTrial): TrialTrainings | undefined {
  if (!trial.fitCheckpoint) return undefined;
  const trainings = ofTrials.get(trial) ?? new TrialTrainings(trial);
  ofTrials.set(trial, trainings);
  return trainings;
}

/**
 * The trainings of a trial, in the order in which the objective starts them: a checkpoint has those that have ended, which are not trained
 * again, and the one that runs.
 */
export class TrialTrainings {
  /** By index, those that have ended: as they are on the device, as they will be written, or undefined where the last checkpoint has them. */
  private readonly ended: (Captured | TrainingFiles | undefined)[] = [];
  private isRunning = false;
  private isGivenUp = false;
  /** Milliseconds. */
  private cost = 0;
  private savedAt = performance.now();

  constructor(private readonly trial: TrainableTrial) {}

  /** undefined: nothing is saved any more. */
  get checkpoint(): Checkpoint | undefined {
    return this.isGivenUp ? undefined : this.trial.fitCheckpoint;
  }

  /**
   * A training begins. Two at once draw each other's random numbers, and nobody could tell the one after a training that failed from its
   * repetition: then nothing is saved any more.
   * @returns what the trial's checkpoint has of it. @throws TunelensError code `checkpoint-damaged`.
   */
  async begin(): Promise<Captured | undefined> {
    if (this.isRunning) this.isGivenUp = true;
    const folder = this.checkpoint?.load()?.folder;
    if (!this.checkpoint) return undefined;
    this.isRunning = true;
    // The objective may have disposed of them.
    await this.hold().catch(() => (this.isGivenUp = true));
    const index = this.ended.length;
    return folder !== undefined && existsSync(join(folder, filesOf(index).state))
      ? readTraining(folder, index)
      : undefined;
  }

  /** The training that runs has ended. @param captured undefined: the last checkpoint has it so. */
  end(captured: Captured | undefined): void {
    this.isRunning = false;
    this.ended.push(captured);
  }

  /** The training that runs has failed. */
  fail(): void {
    this.isRunning = false;
    this.isGivenUp = true;
  }

  /** Whether another checkpoint takes no more than its share of the time since the last one. The training goes on while it is written. */
  get isCheap(): boolean {
    return performance.now() - this.savedAt >= this.cost / MAX_SHARE;
  }

  /** Saves a checkpoint of those that have ended, and of the one that runs, or warns. Never rejects. */
  async save(step: number, running?: () => Promise<TrainingFiles>): Promise<void> {
    const ended = this.ended.length;
    this.savedAt = performance.now();
    try {
      const files = await running?.();
      await this.checkpoint?.save(step, (folder) => this.write(folder, ended, files));
      this.cost = performance.now() - this.savedAt;
      this.ended.fill(undefined, 0, ended);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.trial.warnOnce?.("checkpoint", `a checkpoint could not be saved: ${reason}`, { stack: "" });
    }
  }

  private async write(folder: string, ended: number, running: TrainingFiles | undefined): Promise<void> {
    const before = this.checkpoint?.load()?.folder;
    for (let index = 0; index < ended; index++) {
      const training = this.ended[index];
      if (training && "text" in training) await writeTraining(folder, index, training);
      else if (before !== undefined) await linkTraining(before, folder, index);
      else throw new Error("the checkpoint before it is gone");
    }
    if (running) await writeTraining(folder, ended, running);
  }

  /** Reads those that have ended from the device: only now is it known that the trial trains more than once. */
  private async hold(): Promise<void> {
    let bytes = 0;
    for (const [index, training] of this.ended.entries()) {
      const files = training && "tensors" in training ? await trainingFiles(training) : training;
      this.ended[index] = files;
      bytes += files?.data.reduce((sum, { byteLength }) => sum + byteLength, 0) ?? 0;
    }
    if (bytes <= MAX_HELD_BYTES) return;
    if (this.isCheap) await this.save(epochsBehind(this.trial) - 1);
    else this.isGivenUp = true;
  }
}

/** A training that has ended is written once: later checkpoints have the same files. */
async function linkTraining(from: string, to: string, index: number): Promise<void> {
  for (const name of Object.values(filesOf(index))) {
    const [source, target] = [join(from, name), join(to, name)];
    // Not every file system has links.
    await link(source, target).catch(() => copyFile(source, target));
  }
}
