import { isBetter } from "../study/best-trials.js";
import { InvalidArgumentError, TunelensError } from "../errors.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { Direction } from "../storage.js";
import type { ErrorEvaluator } from "./terminator.js";

/** A trial's system attribute, Optuna's. */
export const SCORES_KEY = "terminator:cv_scores";

/**
 * The error in the best trial's value due to how the data was split: the standard deviation of its cross-validation scores, scaled by
 * √(1/k + 1/(k − 1)) for k folds. The objective returns their mean and reports them with `trial.reportCrossValidationScores`. Optuna's
 * `CrossValidationErrorEvaluator` (Makarova et al. 2022, after Nadeau & Bengio 2003).
 *
 * `evaluate` throws TunelensError code `no-cross-validation-scores` if the best trial has none, and InvalidArgumentError if no trial is
 * COMPLETE.
 */
export function crossValidationError(): ErrorEvaluator {
  const name = "CrossValidationErrorEvaluator";
  return {
    name,
    evaluate(trials, direction) {
      const best = bestTrial(trials, direction);
      if (best === undefined) throw new InvalidArgumentError(`${name}: no trial is COMPLETE yet.`);
      const scores = best.systemAttrs[SCORES_KEY];
      if (!Array.isArray(scores) || scores.length < 2 || scores.some((score) => typeof score !== "number"))
        throw new TunelensError(
          "no-cross-validation-scores",
          `The best trial, ${best.number}, has no cross-validation scores, which the terminator needs. ` +
            "Call trial.reportCrossValidationScores(scores) in the objective, or use another error for the terminator.",
        );
      return deviation(scores as number[]) * Math.sqrt(1 / scores.length + 1 / (scores.length - 1));
    },
  };
}

/** @throws InvalidArgumentError for fewer than two scores, or one that is no number. */
export function checkScores(where: string, scores: readonly number[]): void {
  if (scores.length < 2 || scores.some((score) => typeof score !== "number" || Number.isNaN(score)))
    throw new InvalidArgumentError(
      `${where}: cross-validation scores must be at least two numbers, not [${scores.join(", ")}].`,
    );
}

/** The COMPLETE trial with the best value, feasible or not, the first of equals. */
function bestTrial(trials: readonly TrialSnapshot[], direction: Direction): TrialSnapshot | undefined {
  let best: TrialSnapshot | undefined;
  for (const trial of trials)
    if (trial.state === "COMPLETE" && (best === undefined || isBetter(trial.values![0]!, best.values![0]!, direction)))
      best = trial;
  return best;
}

function deviation(scores: readonly number[]): number {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
}
