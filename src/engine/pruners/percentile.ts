import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import { lastStep, type TrialSnapshot } from "../trial/trial-snapshot.js";
import type { StudyView } from "../study/study-view.js";
import type { Direction } from "../storage.js";
import { isFirstInInterval } from "./intervals.js";
import { checkWhole } from "../number-options.js";
import type { Pruner } from "./pruner.js";

export interface PercentileOptions {
  /** No pruning before this many trials are COMPLETE. Default 5. */
  readonly startupTrials?: number;
  /** No pruning at steps below this one. Default 0. */
  readonly warmupSteps?: number;
  /**
   * Steps between two checks, counted from `warmupSteps`; at least 1. If nothing was reported at a check's step, the
   * next report is checked. Default 1.
   */
  readonly intervalSteps?: number;
  /** No pruning at a step where fewer COMPLETE trials have a value; at least 1. Default 1. */
  readonly minTrials?: number;
}

/**
 * Stops a trial whose best value so far is worse than the given percentile of the values that COMPLETE trials had at
 * the same step. With 25, a trial must be in the best quarter to continue. Optuna's `PercentilePruner`; the median
 * stopping rule of Golovin et al. 2017 (Google Vizier) with another share.
 * @param percentile 0 … 100: the share of trials that may continue.
 * @throws InvalidArgumentError
 */
export function percentile(percentile: number, options: PercentileOptions = {}): Pruner {
  return percentilePruner("PercentilePruner", percentile, options);
}

/** The percentile rule under the name of the pruner that uses it. */
export function percentilePruner(name: string, percentile: number, options: PercentileOptions): Pruner {
  checkOptions<PercentileOptions>(name, options, {
    startupTrials: true,
    warmupSteps: true,
    intervalSteps: true,
    minTrials: true,
  });
  const { startupTrials = 5, warmupSteps = 0, intervalSteps = 1, minTrials = 1 } = options;
  if (!(percentile >= 0 && percentile <= 100))
    throw new InvalidArgumentError(`${name}: percentile must be from 0 to 100, not ${percentile}.`);
  checkWhole(name, "startupTrials", startupTrials, 0);
  checkWhole(name, "warmupSteps", warmupSteps, 0);
  checkWhole(name, "intervalSteps", intervalSteps, 1);
  checkWhole(name, "minTrials", minTrials, 1);

  const prune = (study: StudyView, trial: TrialSnapshot): boolean => {
    const step = lastStep(trial);
    if (step === null || step < warmupSteps) return false;
    if (!isFirstInInterval(step, trial.intermediateValues.keys(), warmupSteps, intervalSteps)) return false;
    const complete = study.getTrials(["COMPLETE"]);
    if (complete.length === 0 || complete.length < startupTrials) return false;

    const direction = study.directions[0]!;
    const best = bestValue(trial, direction);
    if (best === null) return true;
    const reference = referenceValue(
      complete,
      step,
      direction === "maximize" ? 100 - percentile : percentile,
      minTrials,
    );
    if (reference === null) return false;
    return direction === "maximize" ? best < reference : best > reference;
  };
  return { name, prune };
}

/** The best value at any step, or `null` where all are NaN. */
function bestValue(trial: TrialSnapshot, direction: Direction): number | null {
  let best: number | null = null;
  for (const value of trial.intermediateValues.values()) {
    if (Number.isNaN(value)) continue;
    if (best === null || (direction === "maximize" ? value > best : value < best)) best = value;
  }
  return best;
}

/**
 * The percentile of what the trials had at `step`, or `null` where fewer than `minTrials` had a value or all are NaN.
 */
function referenceValue(
  trials: readonly TrialSnapshot[],
  step: number,
  percentile: number,
  minTrials: number,
): number | null {
  const values: number[] = [];
  for (const { intermediateValues } of trials) {
    const value = intermediateValues.get(step);
    if (value !== undefined) values.push(value);
  }
  if (values.length < minTrials) return null;
  const numbers = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  return numbers.length === 0 ? null : interpolate(numbers, percentile / 100);
}

/**
 * The quantile of sorted numbers, linear between neighbors, rounding as NumPy does: a trial may equal the reference.
 */
function interpolate(sorted: Float64Array, quantile: number): number | null {
  const position = (sorted.length - 1) * quantile;
  const below = Math.floor(position);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  const [share, difference] = [position - below, b - a];
  const value = share >= 0.5 ? b - difference * (1 - share) : a + difference * share;
  return Number.isNaN(value) ? null : value;
}
