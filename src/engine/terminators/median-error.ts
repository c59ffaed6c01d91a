import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { checkWhole } from "../number-options.js";
import type { Direction } from "../storage.js";
import type { ErrorEvaluator, ImprovementEvaluator } from "./terminator.js";

export interface MedianErrorOptions {
  /** How many COMPLETE trials to skip at the study's start, since they are often random; at least 0. Default 10. */
  readonly warmUpTrials?: number;
  /** How many trials after them the median is computed from; at least 1. Default 20. */
  readonly initialTrials?: number;
  /** The error is this share of the median; above 0. Default 0.01. */
  readonly thresholdRatio?: number;
}

/**
 * A share of the initial potential improvement: the median of the improvements over the first trials (Ishibashi et al. 2023, "A
 * stopping criterion for Bayesian optimization by the gap of expected minimum simple regrets"). Smaller than any improvement until there
 * are enough trials. Optuna's `MedianErrorEvaluator`.
 * @param improvement the evaluator that the terminator uses.
 * @throws InvalidArgumentError
 */
export function medianError(improvement: ImprovementEvaluator, options: MedianErrorOptions = {}): ErrorEvaluator {
  const { warmUpTrials = 10, initialTrials = 20, thresholdRatio = 0.01 } = options;
  const name = "MedianErrorEvaluator";
  checkOptions<MedianErrorOptions>(name, options, { warmUpTrials: true, initialTrials: true, thresholdRatio: true });
  checkWhole(name, "warmUpTrials", warmUpTrials, 0);
  checkWhole(name, "initialTrials", initialTrials, 1);
  if (!(thresholdRatio > 0 && thresholdRatio < Infinity))
    throw new InvalidArgumentError(`${name}: thresholdRatio must be above 0 and finite, not ${thresholdRatio}.`);

  const threshold = (initial: readonly TrialSnapshot[], direction: Direction): number => {
    const improvements = initial.map((_, i) => improvement.evaluate(initial.slice(0, i + 1), direction));
    const middle = improvements.sort((a, b) => a - b)[Math.floor(improvements.length / 2)]!;
    return Math.min(middle * thresholdRatio, Number.MAX_VALUE);
  };
  // Finished trials do not change, so that their threshold is the same as long as they are the same objects.
  const known = new WeakMap<TrialSnapshot, number>();
  return {
    name,
    evaluate(trials, direction) {
      const complete = trials.filter(({ state }) => state === "COMPLETE").sort((a, b) => a.number - b.number);
      const initial = complete.slice(warmUpTrials, warmUpTrials + initialTrials);
      if (initial.length < initialTrials) return -LEAST;
      const last = initial.at(-1)!;
      const value = known.get(last) ?? threshold(initial, direction);
      known.set(last, value);
      return value;
    },
  };
}

/** No improvement is below its negative. */
const LEAST = 2 ** -1022;
