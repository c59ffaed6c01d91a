import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { StudyView } from "../study/study-view.js";
import type { Direction } from "../storage.js";

/**
 * Says whether a study should end because there is nothing more to gain. The contract is Optuna's `BaseTerminator`: asked between
 * trials, it decides from the trials alone, so that a study that was ended stays ended when it is resumed.
 */
export interface Terminator {
  /** For people, e.g. `Terminator`. */
  readonly name: string;
  shouldTerminate(study: StudyView): boolean;
}

/** A number that a study's trials tell, in the terms of its values. */
export interface TrialsEvaluator {
  readonly name: string;
  /**
   * @param trials of any state, by number.
   * @param direction of the study's one objective.
   */
  evaluate(trials: readonly TrialSnapshot[], direction: Direction): number;
}

/** How much may still be gained: the less, the nearer the study is to its end. Optuna's `BaseImprovementEvaluator`. */
export interface ImprovementEvaluator extends TrialsEvaluator {
  /** What the improvement is held against where nobody says. Default: `crossValidationError()`. */
  readonly pairedError?: ErrorEvaluator;
}

/** What gain is too small to matter. Optuna's `BaseErrorEvaluator`. */
export type ErrorEvaluator = TrialsEvaluator;
