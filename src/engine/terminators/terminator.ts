import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { StudyView } from "../study/study-view.js";
import type { Direction } from "../storage.js";

/**
 * Decides whether a study should end because there is little left to gain. The contract is Optuna's `BaseTerminator`: called between
 * trials, it decides from the trials alone, so that a study that has ended stays ended when it is resumed.
 */
export interface Terminator {
  /** Shown to users, such as `Terminator`. */
  readonly name: string;
  /** @returns whether to start no more trials. */
  shouldTerminate(study: StudyView): boolean;
}

/** A number derived from a study's trials, in the units of its values. */
interface TrialsEvaluator {
  readonly name: string;
  /**
   * @param trials of any state, by number.
   * @param direction of the study's one objective.
   */
  evaluate(trials: readonly TrialSnapshot[], direction: Direction): number;
}

/** The remaining potential improvement: the smaller, the closer the study is to its end. Optuna's `BaseImprovementEvaluator`. */
export interface ImprovementEvaluator extends TrialsEvaluator {
  /** The error to compare the improvement with if none is set. Default: `crossValidationError()`. */
  readonly pairedError?: ErrorEvaluator;
}

/** An improvement that is too small to matter. Optuna's `BaseErrorEvaluator`. */
export type ErrorEvaluator = TrialsEvaluator;
