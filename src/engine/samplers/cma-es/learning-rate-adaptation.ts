import { squaredNorm, type Normal } from "./evolution-strategy.js";
import { multiply, multiplyMatrices, positiveEigen } from "./square-matrix.js";
import { clip } from "../../math/clip.js";

type FullNormal = Required<Normal>;

/** The signal-to-noise ratio that a learning rate aims at, per unit of itself (α). */
const TARGET_RATIO = 1.4;
/** How fast a learning rate may change (γ). */
const MAX_CHANGE = 0.1;

/**
 * Takes only so much of each update as its signal-to-noise ratio deserves, for functions with noise or many optima: Nomura, Akimoto and
 * Ono, "CMA-ES with Learning Rate Adaptation: Can CMA-ES with Default Population Size Solve Multimodal and Noisy Problems?" (GECCO 2023).
 */
export class LearningRateAdaptation {
  readonly mean: AdaptiveRate;
  readonly covariance: AdaptiveRate;

  constructor(dimensions: number) {
    this.mean = new AdaptiveRate(dimensions, 0.1);
    this.covariance = new AdaptiveRate(dimensions ** 2, 0.03);
  }

  /** @param inverseRoot of the covariance before. */
  temper(before: FullNormal, after: FullNormal, inverseRoot: Float64Array): FullNormal {
    const n = before.mean.length;
    const meanBefore = this.mean.rate;
    const whitening = inverseRoot.map((x) => x / before.sigma);
    const meanChange = after.mean.map((m, i) => m - before.mean[i]!);
    this.mean.observe(multiply(whitening, meanChange));
    const change = after.covariance.map((c, i) => after.sigma ** 2 * c - before.sigma ** 2 * before.covariance[i]!);
    const local = multiplyMatrices(whitening, multiplyMatrices(change, whitening, n), n);
    this.covariance.observe(local.map((x) => x / Math.SQRT2));
    const total = before.covariance.map((c, i) => before.sigma ** 2 * c + this.covariance.rate * change[i]!);
    const sigma = Math.exp(logDeterminant(total, n) / (2 * n));
    return {
      mean: before.mean.map((m, i) => m + this.mean.rate * meanChange[i]!),
      // The best step size is inversely proportional to the mean's learning rate.
      sigma: (sigma * meanBefore) / this.mean.rate,
      covariance: total.map((x) => x / sigma ** 2),
    };
  }
}

/** A learning rate in (0, 1], by the signal-to-noise ratio of the updates observed so far. */
export class AdaptiveRate {
  rate = 1;
  /** Fading means of the update and of its squared length. */
  private average: Float64Array;
  private averageSquare = 0;

  /** @param fading how fast the averages forget (β). */
  constructor(
    size: number,
    private readonly fading: number,
  ) {
    this.average = new Float64Array(size);
  }

  observe(update: Float64Array): void {
    const beta = this.fading;
    this.average = this.average.map((x, i) => (1 - beta) * x + beta * update[i]!);
    this.averageSquare = (1 - beta) * this.averageSquare + beta * squaredNorm(update);
    const squaredAverage = squaredNorm(this.average);
    const noise = this.averageSquare - squaredAverage;
    // Without any noise, as when nothing has moved at all, there is nothing to learn.
    if (!(noise > 0)) return;
    const ratio = (squaredAverage - (beta / (2 - beta)) * this.averageSquare) / noise;
    const relative = clip(ratio / TARGET_RATIO / this.rate - 1, -1, 1);
    this.rate = Math.min(this.rate * Math.exp(Math.min(MAX_CHANGE * this.rate, beta) * relative), 1);
  }
}

function logDeterminant(matrix: Float64Array, n: number): number {
  return positiveEigen(matrix, n).values.reduce((sum, value) => sum + Math.log(value), 0);
}
