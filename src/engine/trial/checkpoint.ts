import { InvalidArgumentError, TrialFinishedError } from "../errors.js";
import { isJsonObject } from "../json-value.js";
import type { Storage } from "../storage.js";
import type { Json, TrialSnapshot } from "./trial-snapshot.js";

/** What a trial keeps on disk to continue from if it is interrupted: the process dies, the study is stopped, the device is lost. */
export interface Checkpoint {
  /** Seconds between two checkpoints; 0: after each step. */
  readonly interval: number;
  /** Whether it is time to save: the interval has passed since the trial's start or its last checkpoint, or the trial is about to be paused. */
  readonly isDue: boolean;
  /** Whether the trial has reported the last step that its scheduler gives it for now: `shouldPrune` says that it should end. */
  readonly isPausing: boolean;
  /**
   * Saves a checkpoint, whole or not at all. It replaces the last one. Without a place for checkpoints (`fixedTrial`, retraining), it does
   * nothing.
   * @param step the last step that is done, 0-based, as in `report`.
   * @param write writes files into the folder that it is given.
   * @throws InvalidArgumentError for a step that is not an integer of at least 0; what `write` throws; the file system's errors.
   */
  save(step: number, write: (folder: string) => void | Promise<void>): Promise<void>;
  /** The checkpoint to continue from; undefined: the trial starts from scratch. Do not change its files. */
  load(): SavedCheckpoint | undefined;
}

/** A checkpoint that was saved. */
export interface SavedCheckpoint {
  /** The last step that is done. The trial continues with the next. */
  readonly step: number;
  /** With the files that were written. */
  readonly folder: string;
}

/** Where the checkpoints of a study's trials are kept. */
export interface CheckpointStore {
  /** Seconds between two checkpoints of a trial. */
  readonly interval: number;
  /** Writes a checkpoint, whole or not at all. @returns its name in the store. */
  write(trial: number, step: number, write: (folder: string) => void | Promise<void>): Promise<string>;
  /** The folder of a checkpoint that a trial can continue from; undefined if there is none any more. */
  folderOf(trial: TrialSnapshot, name: string): string | undefined;
  /** Whether a checkpoint is still there, but is not as it was written. */
  isDamaged(name: string): boolean;
  /** Removes a checkpoint, if it is still there. */
  remove(name: string): void;
  /** Whether an error of the objective interrupted its trial rather than failed it. */
  isInterruption(error: unknown): boolean;
}

/** The system attribute of a trial that names its last checkpoint; null: it has none any more. */
export const CHECKPOINT_KEY = "tunelens:checkpoint";

/** What is stored of a checkpoint with its trial. */
export interface StoredCheckpoint {
  /** In the store. */
  readonly name: string;
  readonly step: number;
  /** What the trial's random numbers come from. */
  readonly seed: number;
}

/** The last checkpoint that a trial says it has. */
export function checkpointOf({ systemAttrs }: Pick<TrialSnapshot, "systemAttrs">): StoredCheckpoint | undefined {
  const stored: Json | undefined = systemAttrs[CHECKPOINT_KEY];
  if (!isJsonObject(stored)) return undefined;
  const { name, step, seed } = stored;
  return typeof name === "string" && typeof step === "number" && typeof seed === "number"
    ? { name, step, seed }
    : undefined;
}

/** Whether a trial ended with a checkpoint to continue from. */
export function isInterrupted(trial: TrialSnapshot): boolean {
  return trial.state === "FAIL" && checkpointOf(trial) !== undefined;
}

/** For trials that nobody could continue. */
export const noCheckpoint: Checkpoint = {
  interval: Infinity,
  isDue: false,
  isPausing: false,
  save: () => Promise.resolve(),
  load: () => undefined,
};

/** Whose checkpoints these are. */
interface Owner {
  readonly storage: Storage;
  readonly trial: TrialSnapshot;
  /** What the trial's random numbers come from. */
  readonly seed: number;
  readonly where: string;
  readonly isPausing: () => boolean;
}

/** The checkpoints of one running trial, of which only the last one is kept. */
export class TrialCheckpoint implements Checkpoint {
  private savedAt: number;
  private last: StoredCheckpoint | undefined;
  private saving: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(
    private readonly store: CheckpointStore,
    private readonly owner: Owner,
  ) {
    this.savedAt = performance.now();
    this.last = checkpointOf(owner.trial);
  }

  get interval(): number {
    return this.store.interval;
  }

  get isDue(): boolean {
    return !this.isOver && (this.isPausing || performance.now() - this.savedAt >= this.interval * 1000);
  }

  get isPausing(): boolean {
    return this.owner.isPausing();
  }

  save(step: number, write: (folder: string) => void | Promise<void>): Promise<void> {
    if (!Number.isSafeInteger(step) || step < 0)
      throw new InvalidArgumentError(
        `${this.owner.where}, checkpoint: the step must be an integer of at least 0, not ${step}.`,
      );
    this.savedAt = performance.now();
    const saved = this.saving.then(() => this.put(step, write));
    this.saving = saved.catch(() => {});
    return saved;
  }

  load(): SavedCheckpoint | undefined {
    const folder = this.last && this.store.folderOf(this.owner.trial, this.last.name);
    return folder === undefined ? undefined : { step: this.last!.step, folder };
  }

  /** No more checkpoints are saved. */
  end(): void {
    this.isOver = true;
  }

  /** Nobody is to continue the trial, however it ends. */
  giveUp(): void {
    const { storage, trial } = this.owner;
    if (this.last) storage.setTrialSystemAttr(trial.id, CHECKPOINT_KEY, null);
    this.remove();
  }

  /** The trial has ended, and nobody continues it. */
  remove(): void {
    this.end();
    if (this.last) this.store.remove(this.last.name);
    this.last = undefined;
  }

  private async put(step: number, write: (folder: string) => void | Promise<void>): Promise<void> {
    if (this.isOver) return;
    const { storage, trial, seed } = this.owner;
    const name = await this.store.write(trial.number, step, write);
    const before = this.last;
    try {
      if (this.isOver) throw new TrialFinishedError(trial.number, "FAIL");
      storage.setTrialSystemAttr(trial.id, CHECKPOINT_KEY, { name, step, seed });
    } catch (error) {
      this.store.remove(name);
      if (error instanceof TrialFinishedError) return;
      throw error;
    }
    this.last = { name, step, seed };
    if (before && before.name !== name) this.store.remove(before.name);
  }
}
