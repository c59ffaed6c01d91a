import type { Rng } from "../math/rng.js";
import type { Direction, Storage } from "../storage.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";

/** A study as samplers, pruners, and terminators see it. */
export interface StudyView {
  /** Its key in the storage. */
  readonly id: number;
  readonly name: string;
  /** One per objective value. */
  readonly directions: readonly Direction[];
  /** Where it is kept. */
  readonly storage: Storage;
  /** All trials by number; with `states`, only those. */
  getTrials(states?: readonly TrialState[]): readonly TrialSnapshot[];
  /**
   * The source of randomness for one trial. It depends only on the study's seed and the trial's number, so that a resumed study
   * continues exactly as if it had never stopped. Without a seed, it is random.
   */
  rng(trial: TrialSnapshot): Rng;
  /** Total number of finished trials, if known. */
  readonly totalTrials?: number | undefined;
  /** Logs a note for the user. */
  log?(message: string): void;
}
