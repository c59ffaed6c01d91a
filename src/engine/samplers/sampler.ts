import type { Distribution, ParamValue, SearchSpace } from "../distribution.js";
import type { StudyView } from "../study/study-view.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";

/**
 * Proposes parameter values. The contract is Optuna's `BaseSampler`:
 * for each trial, once, at its first suggestion, `relativeSpace` and `sampleRelative` propose a set of parameters together;
 * each parameter they did not cover is proposed alone by `sampleIndependent` when the objective asks for it.
 * A sampler may keep caches, keyed by study; it must not keep what it could not find again in the storage.
 */
export interface Sampler {
  /** For people and for the study's attributes, e.g. `TPESampler`. */
  readonly name: string;
  /** The parameters this sampler will propose together. Empty: none. Single-valued distributions are left out. */
  relativeSpace(study: StudyView, trial: TrialSnapshot): SearchSpace;
  /** Values for (a subset of) `space`, each within its distribution. Not called with an empty space. */
  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue>;
  /** One value within `distribution`. */
  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue;
  /**
   * Whether everything there is to try has been tried. `optimize` then starts no new trial (those that wait are still run).
   * Default: never.
   */
  isExhausted?(study: StudyView): boolean;
  /** Before the first suggestion of a trial. */
  beforeTrial?(study: StudyView, trial: TrialSnapshot): void;
  /** After the objective and before the trial's end is stored. */
  afterTrial?(study: StudyView, trial: TrialSnapshot, state: TrialState, values: readonly number[] | null): void;
}
