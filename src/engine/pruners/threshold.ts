import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import { lastStep } from "../trial/trial-snapshot.js";
import { isFirstInInterval } from "./intervals.js";
import { checkWhole } from "../number-options.js";
import type { Pruner } from "./pruner.js";

export interface ThresholdOptions {
  /** A reported value below this ends the trial. At least one of `lower` and `upper` is required. Default: no lower bound. */
  readonly lower?: number;
  /** A reported value above this ends the trial. Default: no upper bound. */
  readonly upper?: number;
  /** No pruning at steps below this one. Default 0. */
  readonly warmupSteps?: number;
  /** Steps between two checks, counted from `warmupSteps`; at least 1. Default 1. */
  readonly intervalSteps?: number;
}

/**
 * Stops a trial whose last value is NaN, below `lower`, or above `upper`, whatever the study's direction. Use it for training that
 * may diverge. Optuna's `ThresholdPruner`.
 * @throws InvalidArgumentError
 */
export function threshold(options: ThresholdOptions): Pruner {
  const { lower = -Infinity, upper = Infinity, warmupSteps = 0, intervalSteps = 1 } = options;
  const name = "ThresholdPruner";
  checkOptions<ThresholdOptions>(name, options, { lower: true, upper: true, warmupSteps: true, intervalSteps: true });
  if (options.lower === undefined && options.upper === undefined)
    throw new InvalidArgumentError(`${name}: set lower, upper, or both.`);
  if (!(lower <= upper))
    throw new InvalidArgumentError(`${name}: the lower bound ${lower} is above the upper bound ${upper}. Swap them.`);
  checkWhole(name, "warmupSteps", warmupSteps, 0);
  checkWhole(name, "intervalSteps", intervalSteps, 1);

  return {
    name,
    prune: (_study, trial) => {
      const step = lastStep(trial);
      if (step === null || step < warmupSteps) return false;
      if (!isFirstInInterval(step, trial.intermediateValues.keys(), warmupSteps, intervalSteps)) return false;
      const value = trial.intermediateValues.get(step)!;
      return !(value >= lower && value <= upper);
    },
  };
}
