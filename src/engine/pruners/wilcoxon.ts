import { findBestTrial } from "../study/best-trials.js";
import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { signedRankPValue } from "../math/signed-rank.js";
import type { StudyView } from "../study/study-view.js";
import { checkWhole } from "../number-options.js";
import type { Pruner } from "./pruner.js";

export interface WilcoxonOptions {
  /** Prunes if the test's p-value is below this; from 0 to 1, larger values prune more. Default 0.1. */
  readonly pThreshold?: number;
  /** No pruning until the trial shares this many steps with the best trial; at least 2. Default 2. */
  readonly startupSteps?: number;
}

/**
 * Stops a trial that is worse than the best one according to Wilcoxon's signed-rank test over the steps that both have
 * reported. For objectives that are a mean over steps in any order, such as the folds of a cross-validation or problem
 * instances; not for learning curves. A trial whose mean so far is at least as good as the best trial's continues. Optuna's
 * `WilcoxonPruner`.
 *
 * The objective of such a study returns the mean of what it reported, even when told to prune, instead of throwing.
 * @throws InvalidArgumentError
 */
export function wilcoxon(options: WilcoxonOptions = {}): Pruner {
  const { pThreshold = 0.1, startupSteps = 2 } = options;
  const name = "WilcoxonPruner";
  checkOptions<WilcoxonOptions>(name, options, { pThreshold: true, startupSteps: true });
  if (!(pThreshold >= 0 && pThreshold <= 1))
    throw new InvalidArgumentError(`${name}: pThreshold must be from 0 to 1, not ${pThreshold}.`);
  checkWhole(name, "startupSteps", startupSteps, 0);
  return { name, prune: (study, trial) => isWorseThanBest(study, trial, pThreshold, Math.max(2, startupSteps)) };
}

function isWorseThanBest(study: StudyView, trial: TrialSnapshot, pThreshold: number, leastSteps: number): boolean {
  const direction = study.directions[0]!;
  const best = findBestTrial(study.getTrials(["COMPLETE"]), direction);
  if (best === undefined || !isComparable(trial) || !isComparable(best)) return false;

  const sign = direction === "maximize" ? -1 : 1;
  const excess: number[] = [];
  for (const [step, value] of trial.intermediateValues) {
    const bestValue = best.intermediateValues.get(step);
    if (bestValue !== undefined) excess.push(sign * (value - bestValue));
  }
  if (excess.length < leastSteps || signedRankPValue(excess) >= pThreshold) return false;
  return sign * meanOf(trial) > sign * meanOf(best);
}

/** Whether there are values and the test can rank them. */
function isComparable({ intermediateValues }: TrialSnapshot): boolean {
  return intermediateValues.size > 0 && [...intermediateValues.values()].every(Number.isFinite);
}

function meanOf({ intermediateValues }: TrialSnapshot): number {
  let sum = 0;
  for (const value of intermediateValues.values()) sum += value;
  return sum / intermediateValues.size;
}
