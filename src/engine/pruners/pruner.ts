import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { StudyView } from "../study/study-view.js";

/**
 * Says whether a running trial should stop early, from the values it has reported so far. The contract is Optuna's `BasePruner`:
 * asked after a report, never for a study with more than one objective; what it must remember it writes into the trial's system attributes.
 */
export interface Pruner {
  /** For people and for the study's attributes, e.g. `HyperbandPruner`. */
  readonly name: string;
  prune(study: StudyView, trial: TrialSnapshot): boolean;
}
