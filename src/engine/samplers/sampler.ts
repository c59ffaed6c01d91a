import type { Distribution, ParamValue, SearchSpace } from "../distribution.js";
import type { StudyView } from "../study/study-view.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";

/**
 * Proposes parameter values. The contract is Optuna's `BaseSampler`:
 * once per trial, at its first suggestion, `relativeSpace` and `sampleRelative` propose a set of parameters together;
 * `sampleIndependent` proposes each remaining parameter when the objective asks for it.
 * A sampler may keep caches, keyed by study, but no state that it could not restore from the storage.
 */
export interface Sampler {
  /** Shown to users and stored in the study's attributes, such as `TPESampler`. */
  readonly name: string;
  /** The parameters that it always proposes at these values, by flat name. Default: none. */
  readonly fixedParams?: Readonly<Record<string, ParamValue>>;
  /** The parameters to propose together; empty for none. Omit distributions with a single value. */
  relativeSpace(study: StudyView, trial: TrialSnapshot): SearchSpace;
  /** Values for (a subset of) `space`, each within its distribution. Not called with an empty space. */
  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue>;
  /** One value within `distribution`. */
  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue;
  /**
   * Whether everything has been tried. `optimize` then starts no new trials (queued ones still run).
   * Default: never.
   */
  isExhausted?(study: StudyView): boolean;
  /** Called before the first suggestion of a trial. */
  beforeTrial?(study: StudyView, trial: TrialSnapshot): void;
  /** Called after the objective, before the trial's end is stored. */
  afterTrial?(study: StudyView, trial: TrialSnapshot, state: TrialState, values: readonly number[] | null): void;
}
