import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { StudyView } from "../study/study-view.js";

/**
 * Decides whether a running trial should stop early, based on the values it has reported so far. The contract is Optuna's `BasePruner`:
 * called after a report, never for a study with several objectives. It keeps its state in the trial's system attributes.
 */
export interface Pruner {
  /** Shown to users and stored in the study's attributes, such as `HyperbandPruner`. */
  readonly name: string;
  /** @returns whether the trial should stop now. @param trial RUNNING, with all it has reported. */
  prune(study: StudyView, trial: TrialSnapshot): boolean;
}
