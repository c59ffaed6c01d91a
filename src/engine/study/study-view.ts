import type { Rng } from "../math/rng.js";
import type { Direction, Storage } from "../storage.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";

/** What a sampler, a pruner or a terminator may see of the study it works for. */
export interface StudyView {
  readonly id: number;
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly storage: Storage;
  /** All trials by number; with `states`, only those. */
  getTrials(states?: readonly TrialState[]): readonly TrialSnapshot[];
  /**
   * The source of randomness for one trial. It depends on the study's seed and the trial's number alone, so that a study
   * resumed in the middle goes on exactly as if it had never stopped; without a seed it is random.
   */
  rng(trial: TrialSnapshot): Rng;
  /** How many finished trials the study shall have in the end, where that is known. */
  readonly totalTrials?: number | undefined;
  /** Tells who listens to the study something they may want to know. */
  log?(message: string): void;
}
