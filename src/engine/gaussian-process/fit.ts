import { dot, dot4, factorize, invertTransposed, multiplyUpper } from "../math/cholesky.js";
import { minimize } from "../math/minimize.js";
import { squaredDistance, type KernelParams, type Points } from "./kernel.js";

/** No fit goes below, so that the covariance stays positive definite. */
export const MINIMUM_NOISE = 1e-6;
/** The end of the fit need not be exact: Optuna's tolerance for the gradient, and a looser one for the value. */
const GRADIENT_TOLERANCE = 1e-2;
const VALUE_TOLERANCE = 1e-4;

export interface FitOptions {
  /** Where to begin, e.g. at the result for one trial less. Default: ones. */
  readonly start?: KernelParams | undefined;
  /** The observations have no noise: it is held at its minimum. Default false. */
  readonly deterministic?: boolean;
}

export interface KernelFit {
  readonly params: KernelParams;
  /** The logarithm of their posterior density, up to a constant for as many observations. */
  readonly logDensity: number;
}

/** The kernel parameters with the largest posterior density that a local search from the start finds. */
export function fitKernelParams(points: Points, targets: Float64Array, options: FitOptions = {}): KernelFit {
  const { start, deterministic = false } = options;
  const ones = defaultKernelParams(points.width);
  const posterior = new NegativeLogPosterior(points, targets, deterministic);
  for (const from of start ? [start, ones] : [ones]) {
    const found = minimize((x, gradient) => posterior.evaluate(x, gradient), encode(from), {
      gradientTolerance: GRADIENT_TOLERANCE,
      valueTolerance: VALUE_TOLERANCE,
    });
    if (Number.isFinite(found.value)) return { params: posterior.decode(found.x), logDensity: -found.value };
  }
  return { params: ones, logDensity: -Infinity };
}

function defaultKernelParams(width: number): KernelParams {
  return { inverseSquaredLengthscales: new Float64Array(width).fill(1), scale: 1, noise: 1 };
}

/** Logarithms, so that the search needs no bounds; the noise by what it has above its minimum. */
function encode({ inverseSquaredLengthscales, scale, noise }: KernelParams): Float64Array {
  return Float64Array.of(
    ...inverseSquaredLengthscales.map(Math.log),
    Math.log(scale),
    Math.log(Math.max(noise - 0.99 * MINIMUM_NOISE, 0.01 * MINIMUM_NOISE)),
  );
}

/**
 * Minus the logarithm of the density of the kernel parameters given the observations, up to a constant: the marginal likelihood
 * (Rasmussen & Williams, 5.8, its gradient 5.9) with Optuna's priors: Γ(2, 1) on the scale, Γ(1.1, 30) on the noise, and
 * exp(−0.1 (w + 1/w)) on each inverse squared lengthscale w.
 */
export class NegativeLogPosterior {
  /** Lower triangle: the covariance of the observations, then its Cholesky factor. Above the diagonal: that of the function, kept. */
  private readonly covariance: Float64Array;
  private readonly slopes: Float64Array;
  /** The transposed inverse of the factor. */
  private readonly inverse: Float64Array;
  private readonly whitened: Float64Array;
  private readonly alpha: Float64Array;

  constructor(
    private readonly points: Points,
    private readonly targets: Float64Array,
    private readonly deterministic: boolean,
  ) {
    const n = points.count;
    this.covariance = new Float64Array(n * n);
    this.slopes = new Float64Array(n * n);
    this.inverse = new Float64Array(n * n);
    this.whitened = new Float64Array(n);
    this.alpha = new Float64Array(n);
  }

  decode(x: Float64Array): KernelParams {
    const { width } = this.points;
    return {
      inverseSquaredLengthscales: x.slice(0, width).map(Math.exp),
      scale: Math.exp(x[width]!),
      noise: this.deterministic ? MINIMUM_NOISE : Math.exp(x[width + 1]!) + MINIMUM_NOISE,
    };
  }

  /** @param x logarithms: of the inverse squared lengthscales, of the scale, of the noise above its minimum. */
  evaluate(x: Float64Array, gradient: Float64Array): number {
    const { count: n, width } = this.points;
    const params = this.decode(x);
    this.fillCovariance(params);
    if (!factorize(this.covariance, n)) return Infinity;
    this.solve();
    gradient.fill(0);
    this.addLikelihoodGradient(params, gradient);
    gradient[width + 1]! *= params.noise - MINIMUM_NOISE;
    let value = 0.5 * dot(this.whitened, 0, this.whitened, 0, n);
    for (let i = 0; i < n; i++) value += Math.log(this.covariance[i * n + i]!);
    return value + this.addPrior(params, gradient);
  }

  private fillCovariance({ inverseSquaredLengthscales, scale, noise }: KernelParams): void {
    const { covariance, slopes } = this;
    const { values, count: n, width, numericCount } = this.points;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const squared = squaredDistance(values, i * width, values, j * width, inverseSquaredLengthscales, numericCount);
        const s = Math.sqrt(5 * squared);
        const decay = scale * Math.exp(-s);
        const value = decay * (1 + s + (5 / 3) * squared);
        covariance[i * n + j] = value;
        covariance[j * n + i] = value;
        slopes[i * n + j] = (-5 / 6) * decay * (1 + s);
      }
      covariance[i * n + i] = scale + noise;
    }
  }

  private solve(): void {
    const { covariance, whitened, targets } = this;
    const n = this.points.count;
    for (let i = 0; i < n; i++)
      whitened[i] = (targets[i]! - dot(covariance, i * n, whitened, 0, i)) / covariance[i * n + i]!;
    invertTransposed(covariance, n, this.inverse);
    multiplyUpper(this.inverse, whitened, n, this.alpha);
  }

  /** By the logarithms of lengthscales and scale, and by the noise itself. */
  private addLikelihoodGradient({ inverseSquaredLengthscales, scale }: KernelParams, gradient: Float64Array): void {
    const { covariance, slopes, alpha } = this;
    const { values, count: n, width, numericCount } = this.points;
    const precision = new Float64Array(n);
    let byScale = 0;
    let byNoise = 0;
    for (let i = 0; i < n; i++) {
      this.fillPrecision(i, precision);
      for (let j = 0; j < i; j++) {
        const weight = precision[j]! - alpha[i]! * alpha[j]!;
        byScale += weight * covariance[j * n + i]!;
        const bySquared = weight * slopes[i * n + j]!;
        for (let k = 0; k < numericCount; k++) {
          const difference = values[i * width + k]! - values[j * width + k]!;
          gradient[k]! += bySquared * difference * difference;
        }
        for (let k = numericCount; k < width; k++)
          if (values[i * width + k] !== values[j * width + k]) gradient[k]! += bySquared;
      }
      const weight = precision[i]! - alpha[i]! ** 2;
      byScale += 0.5 * weight * scale;
      byNoise += 0.5 * weight;
    }
    for (let k = 0; k < width; k++) gradient[k]! *= inverseSquaredLengthscales[k]!;
    gradient[width]! += byScale;
    gradient[width + 1]! += byNoise;
  }

  /** Row i of the inverse covariance, up to its diagonal. */
  private fillPrecision(i: number, out: Float64Array): void {
    const { inverse } = this;
    const n = this.points.count;
    let j = 0;
    for (; j + 3 <= i; j += 4) dot4(inverse, i * n + i, inverse, j * n + i, n, n - i, out, j);
    for (; j <= i; j++) out[j] = dot(inverse, i * n + i, inverse, j * n + i, n - i);
  }

  private addPrior({ inverseSquaredLengthscales, scale, noise }: KernelParams, gradient: Float64Array): number {
    const { width } = this.points;
    let value = scale - Math.log(scale) + 30 * noise - 0.1 * Math.log(noise);
    gradient[width]! += scale - 1;
    if (!this.deterministic) gradient[width + 1]! += (30 - 0.1 / noise) * (noise - MINIMUM_NOISE);
    else gradient[width + 1] = 0;
    for (let k = 0; k < width; k++) {
      const w = inverseSquaredLengthscales[k]!;
      value += 0.1 * (w + 1 / w);
      gradient[k]! += 0.1 * (w - 1 / w);
    }
    return value;
  }
}
