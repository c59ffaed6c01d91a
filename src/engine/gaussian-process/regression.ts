import {
  dot,
  factorize,
  invertTransposed,
  multiplyLower,
  multiplyLower4,
  multiplyUpper,
  transpose,
} from "../math/cholesky.js";
import { MINIMUM_NOISE } from "./fit.js";
import { joinPoints, matern52, squaredDistance, type KernelParams, type Points } from "./kernel.js";

/** Keeps the covariance positive definite where trials run at one point; what they will give has no noise. */
const PENDING_NOISE = 1e-12;

/**
 * A Gaussian process given observations: what is known of the function at any point (Rasmussen & Williams, algorithm 2.1).
 *
 * The posterior at x is told by the whitened covariance v = L⁻¹ k(x), where L is the Cholesky factor of the observations' covariance:
 * the mean is v·u, with u = L⁻¹ y, and the variance k(x, x) − v·v. Points whose value is not known yet come after the observed ones;
 * they lower the variance and leave the mean.
 */
export class GaussianProcess {
  /** Observed and pending. */
  readonly count: number;
  readonly observedCount: number;
  /** L, row by row. */
  readonly factor: Float64Array;
  /** u: the observations, uncorrelated and of variance 1; 0 for pending points. */
  readonly whitenedTargets: Float64Array;
  /** v at the point evaluated last. */
  readonly whitenedCovariance: Float64Array;
  mean = 0;
  /** At least 0. */
  variance = 0;

  private readonly points: Points;
  /** The variance of the observations around the function. */
  private readonly noise: number;
  private readonly inverse: Float64Array;
  private readonly inverseTransposed: Float64Array;
  /** Of up to four points, one after the other. */
  private readonly covariances: Float64Array;
  private readonly slopes: Float64Array;
  private readonly byCovariance: Float64Array;

  /** @param pending points where trials run. */
  constructor(
    observed: Points,
    targets: Float64Array,
    readonly params: KernelParams,
    pending?: Points,
  ) {
    this.points = pending ? joinPoints(observed, pending) : observed;
    this.observedCount = observed.count;
    const n = (this.count = this.points.count);
    const { matrix, extraNoise } = this.factorizedCovariance();
    this.factor = matrix;
    this.noise = params.noise + extraNoise;
    this.inverseTransposed = invertTransposed(this.factor, n);
    this.inverse = transpose(this.inverseTransposed, n);
    this.whitenedTargets = new Float64Array(n);
    for (let i = 0; i < observed.count; i++)
      this.whitenedTargets[i] = dot(this.inverse, i * n, targets, 0, Math.min(i + 1, observed.count));
    this.whitenedCovariance = new Float64Array(n);
    this.covariances = new Float64Array(4 * n);
    this.slopes = new Float64Array(n);
    this.byCovariance = new Float64Array(n);
  }

  /** Sets mean, variance and whitened covariance to those at a point. */
  evaluate(x: Float64Array): void {
    this.fillCovariances(x, 0);
    multiplyLower(this.inverse, this.covariances, this.count, this.whitenedCovariance);
    this.summarize();
  }

  /** As `evaluate`, point after point, in half the time. @param visit is called with each point's index after it was evaluated. */
  evaluateEach(points: readonly Float64Array[], visit: (index: number) => void): void {
    const { count: n, covariances, whitenedCovariance } = this;
    const whitened = new Float64Array(4 * n);
    for (let first = 0; first < points.length; first += 4) {
      const block = points.slice(first, first + 4);
      block.forEach((x, r) => this.fillCovariances(x, r));
      multiplyLower4(this.inverse, covariances, n, whitened);
      for (let r = 0; r < block.length; r++) {
        whitenedCovariance.set(whitened.subarray(r * n, (r + 1) * n));
        this.summarize();
        visit(first + r);
      }
    }
  }

  /** The means at the observed points: the observations without what is noise in them. @param targets those that were observed. */
  observedMeans(targets: Float64Array): Float64Array {
    const precisionTimesTargets = new Float64Array(this.count);
    multiplyUpper(this.inverseTransposed, this.whitenedTargets, this.count, precisionTimesTargets);
    return targets.map((target, i) => target - this.noise * precisionTimesTargets[i]!);
  }

  private fillCovariances(x: Float64Array, block: number): void {
    const { points, covariances, slopes, params, count: n } = this;
    const { values, width, numericCount } = points;
    const { scale, inverseSquaredLengthscales } = params;
    const start = block * n;
    for (let i = 0; i < n; i++) {
      const squared = squaredDistance(values, i * width, x, 0, inverseSquaredLengthscales, numericCount);
      const s = Math.sqrt(5 * squared);
      const decay = scale * Math.exp(-s);
      covariances[start + i] = decay * (1 + s + (5 / 3) * squared);
      slopes[i] = (-5 / 6) * decay * (1 + s);
    }
  }

  private summarize(): void {
    const { whitenedCovariance, count: n } = this;
    this.mean = dot(whitenedCovariance, 0, this.whitenedTargets, 0, this.observedCount);
    this.variance = Math.max(this.params.scale - dot(whitenedCovariance, 0, whitenedCovariance, 0, n), 0);
  }

  /**
   * Adds to `gradient` what a function's derivatives by the whitened covariance make of it by the numbers of the point that `evaluate` saw last.
   */
  addGradient(x: Float64Array, byWhitened: Float64Array, gradient: Float64Array): void {
    const { slopes, byCovariance, count: n } = this;
    const { values, width, numericCount } = this.points;
    const { inverseSquaredLengthscales } = this.params;
    multiplyUpper(this.inverseTransposed, byWhitened, n, byCovariance);
    for (let i = 0; i < n; i++) {
      const factor = 2 * byCovariance[i]! * slopes[i]!;
      const row = i * width;
      for (let k = 0; k < numericCount; k++)
        gradient[k]! += factor * inverseSquaredLengthscales[k]! * (x[k]! - values[row + k]!);
    }
  }

  /** Where the covariance is all but singular, more noise is taken than the parameters say, until it is not. */
  private factorizedCovariance(): { matrix: Float64Array; extraNoise: number } {
    for (let extraNoise = 0; ; extraNoise = Math.max(10 * extraNoise, MINIMUM_NOISE)) {
      const matrix = this.observedCovariance(extraNoise);
      if (factorize(matrix, this.count)) return { matrix, extraNoise };
    }
  }

  private observedCovariance(extraNoise: number): Float64Array {
    const { values, width, numericCount } = this.points;
    const { scale, noise, inverseSquaredLengthscales } = this.params;
    const n = this.count;
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const squared = squaredDistance(values, i * width, values, j * width, inverseSquaredLengthscales, numericCount);
        matrix[i * n + j] = scale * matern52(squared);
      }
      matrix[i * n + i] = scale + extraNoise + (i < this.observedCount ? noise : PENDING_NOISE);
    }
    return matrix;
  }
}
