import { isBetter } from "../study/best-trials.js";
import { InvalidArgumentError, TunelensError } from "../errors.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { Direction } from "../storage.js";
import type { ErrorEvaluator } from "./terminator.js";

/** A trial's system attribute, Optuna's. */
export const SCORES_KEY = "terminator:cv_scores";

/**
 * How far the best trial's value may be off because of how the data were split: the standard deviation of its cross-validation scores,
 * scaled by √(1/k + 1/(k − 1)) for k folds. The objective gives their mean and tells them with `trial.reportCrossValidationScores`. Optuna's
 * `CrossValidationErrorEvaluator` (Makarova et al. 2022, after Nadeau & Bengio 2003).
 *
 * `evaluate` throws TunelensError code `no-cross-validation-scores` where the best trial has none, InvalidArgumentError where no trial is
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
          `Trial ${best.number} has no cross-validation scores, which the terminator needs of the best trial. ` +
            "Call trial.reportCrossValidationScores(scores) in the objective, or give the terminator another error.",
        );
      return deviation(scores as number[]) * Math.sqrt(1 / scores.length + 1 / (scores.length - 1));
    },
  };
}

/** @throws InvalidArgumentError for fewer than two scores, or one that is no number. */
export function checkScores(where: string, scores: readonly number[]): void {
  if (scores.length < 2 || scores.some((score) => typeof score !== "number" || Number.isNaN(score)))
    throw new InvalidArgumentError(
      `${where}: cross-validation scores are two numbers or more, not [${scores.join(", ")}].`,
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
