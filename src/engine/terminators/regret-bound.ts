import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import { checkWhole } from "../number-options.js";
import { fitKernelParams } from "../gaussian-process/fit.js";
import { GaussianProcess } from "../gaussian-process/regression.js";
import { standardize } from "../gaussian-process/scores.js";
import { observe, standardizedRegretBound } from "./regret-model.js";
import type { ImprovementEvaluator } from "./terminator.js";
import { clip } from "../math/clip.js";

export interface RegretBoundOptions {
  /** The share of the COMPLETE trials, best first, that the bound is estimated from; above 0, at most 1. Default 0.5. */
  readonly topTrialsRatio?: number;
  /** Minimum number of these trials, if there are as many; at least 1. Default 20. */
  readonly minTrials?: number;
  /** The same trials and seed give the same bound. Default 0. */
  readonly seed?: number;
}

/**
 * An upper bound, with probability 0.9, on how much better than the best value the optimum is, if the objective is a sample of a Gaussian
 * process (Makarova et al. 2022). Optuna's `RegretBoundEvaluator`. Infinite values count as the largest or smallest finite one.
 * @throws InvalidArgumentError also from `evaluate`, if no trial is COMPLETE or they have no parameter in common.
 */
export function regretBound(options: RegretBoundOptions = {}): ImprovementEvaluator {
  const { topTrialsRatio = 0.5, minTrials = 20, seed = 0 } = options;
  const name = "RegretBoundEvaluator";
  checkOptions<RegretBoundOptions>(name, options, { topTrialsRatio: true, minTrials: true, seed: true });
  if (!(topTrialsRatio > 0 && topTrialsRatio <= 1))
    throw new InvalidArgumentError(`${name}: topTrialsRatio must be above 0 and at most 1, not ${topTrialsRatio}.`);
  checkWhole(name, "minTrials", minTrials, 1);
  return {
    name,
    evaluate(trials, direction) {
      const { space, normalized, points, scores } = observe(trials, direction === "minimize" ? -1 : 1);
      if (points.length === 0) throw new InvalidArgumentError(`${name}: no trial is COMPLETE yet.`);
      if (space.size === 0)
        throw new InvalidArgumentError(`${name} needs a parameter that all COMPLETE trials have, but there is none.`);
      const count = clip(Math.trunc(points.length * topTrialsRatio), minTrials, points.length);
      const cutoff = [...scores].sort((a, b) => b - a)[count - 1]!;
      const top = points.filter((_, i) => scores[i]! >= cutoff);
      const { values, deviation } = standardize(scores.filter((score) => score >= cutoff));
      const rows = normalized.inRows(top);
      const process = new GaussianProcess(rows, values, fitKernelParams(rows, values).params);
      return deviation * standardizedRegretBound(process, top, normalized, space.size, { delta: 0.1, seed });
    },
  };
}
