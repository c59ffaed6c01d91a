import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import { LOG_SQRT_2PI, normalCdf } from "../math/normal.js";
import { checkWhole } from "../number-options.js";
import { fitKernelParams, MINIMUM_NOISE } from "../gaussian-process/fit.js";
import { matern52, squaredDistance } from "../gaussian-process/kernel.js";
import { GaussianProcess } from "../gaussian-process/regression.js";
import { standardize } from "../gaussian-process/scores.js";
import { observe, standardizedRegretBound, type Observations, type RegretOptions } from "./regret-model.js";
import type { ImprovementEvaluator } from "./terminator.js";

export interface EmmrOptions {
  /** Whether the objective always returns the same value for the same parameters. Default false. */
  readonly deterministicObjective?: boolean;
  /** The probability that the bounds do not hold; above 0 and below 1. Default 0.1. */
  readonly delta?: number;
  /** With fewer COMPLETE trials, the improvement counts as huge; at least 2. Default 2. */
  readonly minTrials?: number;
  /** The same trials and seed give the same number. Default 0. */
  readonly seed?: number;
}

/** Stands for not knowing: no error is as large. */
const HUGE = Number.MAX_VALUE * 0.1;

/**
 * Expected minimum model regret: a bound on how much the last trial changed the expected optimum, in standard deviations of the values
 * (Ishibashi et al. 2023, "A stopping criterion for Bayesian optimization by the gap of expected minimum simple regrets", algorithm 1).
 * Use it with `medianError`. Optuna's `EMMREvaluator`. It is huge if the trials have no parameter in common.
 * @throws InvalidArgumentError
 */
export function emmr(options: EmmrOptions = {}): ImprovementEvaluator {
  const { deterministicObjective: deterministic = false, delta = 0.1, minTrials = 2, seed = 0 } = options;
  const name = "EMMREvaluator";
  checkOptions<EmmrOptions>(name, options, { deterministicObjective: true, delta: true, minTrials: true, seed: true });
  checkWhole(name, "minTrials", minTrials, 2);
  if (!(delta > 0 && delta < 1))
    throw new InvalidArgumentError(`${name}: delta must be above 0 and below 1, not ${delta}.`);
  return {
    name,
    evaluate(trials, direction) {
      const observations = observe(trials, direction === "minimize" ? -1 : 1);
      if (observations.points.length < minTrials || observations.normalized.width === 0) return HUGE;
      return modelRegret(observations, deterministic, { delta, seed });
    },
  };
}

function modelRegret(observations: Observations, deterministic: boolean, options: RegretOptions): number {
  const { space, normalized, points } = observations;
  const { values } = standardize(observations.scores);
  const [before, last] = [points.slice(0, -1), points.at(-1)!];
  const [rows, rowsBefore] = [normalized.inRows(points), normalized.inRows(before)];
  const valuesBefore = values.slice(0, -1);
  const paramsBefore = fitKernelParams(rowsBefore, valuesBefore, { deterministic }).params;
  const params = fitKernelParams(rows, values, { start: paramsBefore, deterministic }).params;
  const old = new GaussianProcess(rowsBefore, valuesBefore, paramsBefore);
  const now = new GaussianProcess(rows, values, params);

  const [best, bestBefore] = [points[indexOfLargest(values)]!, points[indexOfLargest(valuesBefore)]!];
  old.evaluate(bestBefore);
  const oldMean = old.mean;
  const atBest = posterior(now, best);
  const atBestBefore = posterior(now, bestBefore);
  const covariance = posteriorCovariance(now, best, bestBefore, normalized.numericCount);
  const spread = Math.sqrt(Math.max(1e-10, atBest.variance - 2 * covariance + atBestBefore.variance));
  const gain = atBest.mean - oldMean;
  const z = gain / spread;
  const change = -gain + spread * Math.exp(-0.5 * z * z - LOG_SQRT_2PI) + gain * normalCdf(z);

  const kappa = standardizedRegretBound(old, before, normalized, space.size, options);
  const divergence = klDivergence(posterior(now, last), values.at(-1)!);
  return Math.min(Number.MAX_VALUE * 0.5, change + kappa * Math.sqrt(0.5 * divergence));
}

interface Posterior {
  readonly mean: number;
  readonly variance: number;
}

/** Between the process with and without the last observation (Ishibashi et al., equation 4). */
function klDivergence({ mean, variance }: Posterior, observed: number): number {
  const total = variance + MINIMUM_NOISE;
  return (
    0.5 * Math.log1p(variance / MINIMUM_NOISE) -
    (0.5 * variance) / total +
    (0.5 * variance * (observed - mean) ** 2) / total ** 2
  );
}

function posterior(process: GaussianProcess, point: Float64Array): Posterior {
  process.evaluate(point);
  return { mean: process.mean, variance: process.variance };
}

function posteriorCovariance(process: GaussianProcess, a: Float64Array, b: Float64Array, numericCount: number): number {
  const { scale, inverseSquaredLengthscales } = process.params;
  process.evaluate(a);
  if (a === b) return process.variance;
  const whitened = process.whitenedCovariance.slice();
  process.evaluate(b);
  const explained = process.whitenedCovariance.reduce((sum, x, i) => sum + x * whitened[i]!, 0);
  return scale * matern52(squaredDistance(a, 0, b, 0, inverseSquaredLengthscales, numericCount)) - explained;
}

function indexOfLargest(values: Float64Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
