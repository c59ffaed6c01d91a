import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../known-names.js";
import { lastStep } from "../trial/trial-snapshot.js";
import { isFirstInInterval } from "./intervals.js";
import { checkWhole } from "../number-options.js";
import type { Pruner } from "./pruner.js";

export interface ThresholdOptions {
  /** A reported value below this ends the trial. One of `lower` and `upper` is needed. Default: no such bound. */
  readonly lower?: number;
  /** A reported value above this ends the trial. */
  readonly upper?: number;
  /** No pruning at steps below this one. Default 0. */
  readonly warmupSteps?: number;
  /** Steps between two checks, counted from `warmupSteps`; at least 1. Default 1. */
  readonly intervalSteps?: number;
}

/**
 * Stops a trial whose last value is NaN, below `lower` or above `upper`, whatever the study's direction: for training that
 * diverges. Optuna's `ThresholdPruner`.
 * @throws InvalidArgumentError
 */
export function threshold(options: ThresholdOptions): Pruner {
  const { lower = -Infinity, upper = Infinity, warmupSteps = 0, intervalSteps = 1 } = options;
  const name = "ThresholdPruner";
  checkOptions<ThresholdOptions>(name, options, { lower: true, upper: true, warmupSteps: true, intervalSteps: true });
  if (options.lower === undefined && options.upper === undefined)
    throw new InvalidArgumentError(`${name}: give lower, upper or both.`);
  if (!(lower <= upper))
    throw new InvalidArgumentError(`${name}: lower must not exceed upper; they are ${lower} and ${upper}.`);
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
