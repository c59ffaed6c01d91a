import { dot } from "../../math/cholesky.js";
import { inverseLogNormalCdf, LOG_SQRT_2PI, logNormalCdf, scaledErfcOfPositive } from "../../math/normal.js";
import type { Rng } from "../../math/rng.js";
import { SOBOL_DIMENSIONS, SobolSequence } from "../../math/sobol.js";
import type { GaussianProcess } from "./regression.js";

/** How promising a point is; larger is better. Values are on a logarithmic scale, so that differences of it are what counts. */
export interface Acquisition {
  /** @param gradient that by the numbers of the point is added to it, where given. */
  evaluate(x: Float64Array, gradient?: Float64Array): number;
  /** At many points, in half the time. */
  evaluateAll(points: readonly Float64Array[]): Float64Array;
}

/** Keeps the standard deviation above 0 at points already observed. */
const STABILIZING_VARIANCE = 1e-12;
/** Improvements below count as this much. */
const LEAST_IMPROVEMENT = 1e-12;
/** Draws of what the running trials and a candidate will give. */
const SAMPLES = 128;

/**
 * ln E[max(0, Z + z)] of a standard normal Z, for any z (Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian
 * Optimization", NeurIPS 2023, equation 9).
 */
export function standardLogExpectedImprovement(z: number): number {
  const logPdf = -0.5 * z * z - LOG_SQRT_2PI;
  // The terms cancel ever more the further z goes: the tail's asymptotic series, whose error is below 1e-9 here.
  if (z < -100) return logPdf - 2 * Math.log(-z) + Math.log1p((15 / (z * z) - 3) / (z * z));
  if (z < -1) return logPdf + Math.log1p(z * Math.sqrt(Math.PI / 2) * scaledErfcOfPositive(-z * Math.SQRT1_2));
  return Math.log(z * Math.exp(logNormalCdf(z)) + Math.exp(logPdf));
}

/** The logarithm of how much the value at a point is expected to exceed a threshold. */
export class LogExpectedImprovement implements Acquisition {
  private readonly byWhitened: Float64Array;

  constructor(
    private readonly process: GaussianProcess,
    private readonly threshold: number,
  ) {
    this.byWhitened = new Float64Array(process.count);
  }

  evaluate(x: Float64Array, gradient?: Float64Array): number {
    const { process } = this;
    process.evaluate(x);
    const { sigma, z } = standing(process, this.threshold);
    const standard = standardLogExpectedImprovement(z);
    if (gradient) {
      const byMean = Math.exp(logNormalCdf(z) - standard) / sigma;
      const bySigma = Math.exp(-0.5 * z * z - LOG_SQRT_2PI - standard) / sigma;
      pullBack(process, byMean, bySigma / sigma, this.byWhitened);
      process.addGradient(x, this.byWhitened, gradient);
    }
    return standard + Math.log(sigma);
  }

  evaluateAll(points: readonly Float64Array[]): Float64Array {
    return collect(this.process, points, () => {
      const { sigma, z } = standing(this.process, this.threshold);
      return standardLogExpectedImprovement(z) + Math.log(sigma);
    });
  }
}

/** The logarithm of the probability that the value at a point exceeds a threshold: that a constraint is satisfied. */
export class LogProbabilityAbove implements Acquisition {
  private readonly byWhitened: Float64Array;

  constructor(
    private readonly process: GaussianProcess,
    private readonly threshold: number,
  ) {
    this.byWhitened = new Float64Array(process.count);
  }

  evaluate(x: Float64Array, gradient?: Float64Array): number {
    const { process } = this;
    process.evaluate(x);
    const { sigma, z } = standing(process, this.threshold);
    const value = logNormalCdf(z);
    if (gradient) {
      const byZ = Math.exp(-0.5 * z * z - LOG_SQRT_2PI - value);
      pullBack(process, byZ / sigma, (-z * byZ) / sigma / sigma, this.byWhitened);
      process.addGradient(x, this.byWhitened, gradient);
    }
    return value;
  }

  evaluateAll(points: readonly Float64Array[]): Float64Array {
    return collect(this.process, points, () => logNormalCdf(standing(this.process, this.threshold).z));
  }
}

/**
 * The logarithm of how much the best of the running trials and a point is expected to exceed a threshold: a point near a running
 * trial adds little. By quasi-random draws of what the running trials will give, the same for all points (Ament et al., equation 10,
 * the running trials given).
 */
export class LogBatchExpectedImprovement implements Acquisition {
  private readonly pendingCount: number;
  /** Standard normal draws, a row per sample: of the pending points one after the other, then of the candidate. */
  private readonly draws: Float64Array;
  /** ln of the improvement that the pending points bring, by sample. */
  private readonly pendingUtility = new Float64Array(SAMPLES);
  private readonly utility = new Float64Array(SAMPLES);
  private readonly improvement = new Float64Array(SAMPLES);
  private readonly byWhitened: Float64Array;

  /** @param process with the running trials' points pending. */
  constructor(
    private readonly process: GaussianProcess,
    private readonly threshold: number,
    rng: Rng,
  ) {
    this.pendingCount = process.count - process.observedCount;
    this.draws = normalDraws(this.pendingCount + 1, rng);
    this.byWhitened = new Float64Array(process.count);
    for (let sample = 0; sample < SAMPLES; sample++)
      this.pendingUtility[sample] = logImprovement(this.bestPending(sample) - threshold);
  }

  evaluate(x: Float64Array, gradient?: Float64Array): number {
    this.process.evaluate(x);
    const logTotal = this.logTotal();
    if (gradient) this.addGradient(x, gradient, logTotal);
    return logTotal - Math.log(SAMPLES);
  }

  evaluateAll(points: readonly Float64Array[]): Float64Array {
    return collect(this.process, points, () => this.logTotal() - Math.log(SAMPLES));
  }

  /** ln of the sum over samples of the improvement, which with its logarithm is kept by sample. */
  private logTotal(): number {
    const { process, draws, utility, improvement, pendingCount } = this;
    const sigma = Math.sqrt(process.variance + STABILIZING_VARIANCE);
    let largest = -Infinity;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const row = sample * (pendingCount + 1);
      const shift = dot(draws, row, process.whitenedCovariance, process.observedCount, pendingCount);
      const gain = process.mean + shift + sigma * draws[row + pendingCount]! - this.threshold;
      const logGain = Math.max(this.pendingUtility[sample]!, logImprovement(gain));
      improvement[sample] = gain;
      utility[sample] = logGain;
      largest = Math.max(largest, logGain);
    }
    let sum = 0;
    for (const u of utility) sum += Math.exp(u - largest);
    return largest + Math.log(sum);
  }

  private addGradient(x: Float64Array, gradient: Float64Array, logTotal: number): void {
    const { process, draws, byWhitened, pendingCount } = this;
    const sigma = Math.sqrt(process.variance + STABILIZING_VARIANCE);
    let byMean = 0;
    let bySigma = 0;
    const byPending = new Float64Array(pendingCount);
    for (let sample = 0; sample < SAMPLES; sample++) {
      const improvement = this.improvement[sample]!;
      if (improvement <= LEAST_IMPROVEMENT || Math.log(improvement) <= this.pendingUtility[sample]!) continue;
      const byValue = Math.exp(this.utility[sample]! - logTotal) / improvement;
      const row = sample * (pendingCount + 1);
      byMean += byValue;
      bySigma += byValue * draws[row + pendingCount]!;
      for (let r = 0; r < pendingCount; r++) byPending[r]! += byValue * draws[row + r]!;
    }
    pullBack(process, byMean, bySigma / sigma, byWhitened);
    for (let r = 0; r < pendingCount; r++) byWhitened[process.observedCount + r]! += byPending[r]!;
    process.addGradient(x, byWhitened, gradient);
  }

  private bestPending(sample: number): number {
    const { process, draws, pendingCount } = this;
    let best = -Infinity;
    for (let r = 0; r < pendingCount; r++) {
      const row = (process.observedCount + r) * process.count;
      const mean = dot(process.factor, row, process.whitenedTargets, 0, process.observedCount);
      const start = sample * (pendingCount + 1);
      best = Math.max(best, mean + dot(process.factor, row + process.observedCount, draws, start, r + 1));
    }
    return best;
  }
}

/** The sum of several. */
export class SumOfAcquisitions implements Acquisition {
  constructor(private readonly parts: readonly Acquisition[]) {}

  evaluate(x: Float64Array, gradient?: Float64Array): number {
    let sum = 0;
    for (const part of this.parts) sum += part.evaluate(x, gradient);
    return sum;
  }

  evaluateAll(points: readonly Float64Array[]): Float64Array {
    const sums = new Float64Array(points.length);
    for (const part of this.parts) part.evaluateAll(points).forEach((value, i) => (sums[i]! += value));
    return sums;
  }
}

/** How far the mean lies above the threshold, in standard deviations. */
function standing(process: GaussianProcess, threshold: number): { sigma: number; z: number } {
  const sigma = Math.sqrt(process.variance + STABILIZING_VARIANCE);
  return { sigma, z: (process.mean - threshold) / sigma };
}

function collect(process: GaussianProcess, points: readonly Float64Array[], valueHere: () => number): Float64Array {
  const values = new Float64Array(points.length);
  process.evaluateEach(points, (i) => (values[i] = valueHere()));
  return values;
}

/** Derivatives by the whitened covariance v from those by the mean v·u and, `bySigma` over σ, by σ = √(k − v·v). */
function pullBack(process: GaussianProcess, byMean: number, bySigmaOverSigma: number, out: Float64Array): void {
  const { whitenedTargets, whitenedCovariance } = process;
  for (let i = 0; i < out.length; i++)
    out[i] = byMean * whitenedTargets[i]! - bySigmaOverSigma * whitenedCovariance[i]!;
}

function logImprovement(improvement: number): number {
  return Math.log(Math.max(improvement, LEAST_IMPROVEMENT));
}

/** Rows of quasi-random standard normal draws; more dimensions than Sobol's sequence has are random. */
function normalDraws(dimensions: number, rng: Rng): Float64Array {
  const sequence = new SobolSequence(Math.min(dimensions, SOBOL_DIMENSIONS), rng);
  const draws = new Float64Array(SAMPLES * dimensions);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const point = sequence.point(sample);
    for (let k = 0; k < dimensions; k++) draws[sample * dimensions + k] = normalQuantile(point[k] ?? rng.next());
  }
  return draws;
}

function normalQuantile(quantile: number): number {
  if (quantile > 0.5) return -normalQuantile(1 - quantile);
  return inverseLogNormalCdf(Math.log(Math.max(quantile, 2 ** -31)));
}
