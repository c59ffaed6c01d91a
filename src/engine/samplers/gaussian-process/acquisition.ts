import { LOG_SQRT_2PI, logNormalCdf, scaledErfcOfPositive } from "../../math/normal.js";
import type { GaussianProcess } from "../../gaussian-process/regression.js";

/** How promising a point is; larger is better. Values are on a logarithmic scale, so that differences of it are what counts. */
export interface Acquisition {
  /** @param gradient that by the numbers of the point is added to it, where given. */
  evaluate(x: Float64Array, gradient?: Float64Array): number;
  /**
   * At many points, in half the time.
   * @param share of the draws that an acquisition made of draws uses: with fewer, it is faster and only near. Default 1.
   */
  evaluateAll(points: readonly Float64Array[], share?: number): Float64Array;
}

/** Keeps the standard deviation above 0 at points already observed. */
export const STABILIZING_VARIANCE = 1e-12;

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

/** The sum of several. */
export class SumOfAcquisitions implements Acquisition {
  constructor(private readonly parts: readonly Acquisition[]) {}

  evaluate(x: Float64Array, gradient?: Float64Array): number {
    let sum = 0;
    for (const part of this.parts) sum += part.evaluate(x, gradient);
    return sum;
  }

  evaluateAll(points: readonly Float64Array[], share?: number): Float64Array {
    const sums = new Float64Array(points.length);
    for (const part of this.parts) part.evaluateAll(points, share).forEach((value, i) => (sums[i]! += value));
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
export function pullBack(process: GaussianProcess, byMean: number, bySigmaOverSigma: number, out: Float64Array): void {
  const { whitenedTargets, whitenedCovariance } = process;
  for (let i = 0; i < out.length; i++)
    out[i] = byMean * whitenedTargets[i]! - bySigmaOverSigma * whitenedCovariance[i]!;
}
