import { inverseLogNormalCdf, normalCdf } from "../../math/normal.js";
import type { Rng } from "../../math/rng.js";
import type { EvolutionStrategy, Normal, Solution } from "./evolution-strategy.js";
import { FullCovariance } from "./full-covariance.js";
import { clip } from "../../math/clip.js";

const LEAST_PROBABILITY = 1e-10;

/**
 * CMA-ES with margin: along a dimension that has but some values, evenly spaced over [0, 1], the distribution is kept from settling on
 * one of them, in that the values beside it keep a probability of 1 / (n λ).
 * Hamano, Saito, Nomura and Shirakawa, "CMA-ES with Margin: Lower-Bounding Marginal Probability for Mixed-Integer Black-Box
 * Optimization" (GECCO 2022).
 */
export class WithMargin implements EvolutionStrategy {
  readonly inner: FullCovariance;
  /** By how much the distribution is stretched around its mean before the nearest value is taken (A). */
  readonly scales: Float64Array;
  private readonly margin: number;

  /** @param counts how many values each dimension has, at least 2; Infinity for a continuous one. */
  constructor(
    start: Normal,
    private readonly counts: readonly number[],
    populationSize?: number,
  ) {
    this.inner = new FullCovariance(start, { populationSize });
    this.scales = new Float64Array(this.dimensions).fill(1);
    this.margin = 1 / (this.dimensions * this.populationSize);
  }

  get dimensions(): number {
    return this.inner.dimensions;
  }

  get populationSize(): number {
    return this.inner.populationSize;
  }

  draw(rng: Rng): Float64Array {
    return this.inner.draw(rng);
  }

  isBounded(dimension: number): boolean {
    return this.counts[dimension] === Infinity;
  }

  decode(point: Float64Array): Float64Array {
    return point.map((x, i) => {
      if (this.isBounded(i)) return x;
      const mean = this.inner.mean[i]!;
      return this.limitsBelow(i, (x - mean) * this.scales[i]! + mean) / (this.counts[i]! - 1);
    });
  }

  tell(solutions: readonly Solution[]): void {
    this.inner.tell(solutions);
    for (let i = 0; i < this.dimensions; i++) if (!this.isBounded(i)) this.keepMargin(i);
  }

  /** How many of the limits between values, halfway, lie below x. */
  private limitsBelow(i: number, x: number): number {
    const intervals = this.counts[i]! - 1;
    return clip(Math.ceil(x * intervals - 0.5), 0, intervals);
  }

  /** The limits on both sides of the mean; outside the outermost ones, the nearest one twice. */
  private limitsAround(i: number): { low: number; high: number } {
    const intervals = this.counts[i]! - 1;
    const below = this.limitsBelow(i, this.inner.mean[i]!);
    const limit = (k: number) => (clip(k, 0, intervals - 1) + 0.5) / intervals;
    return { low: limit(below - 1), high: limit(below) };
  }

  private keepMargin(i: number): void {
    const { mean, sigma, covariance } = this.inner;
    const { low, high } = this.limitsAround(i);
    const deviation = sigma * Math.sqrt(covariance[i * (this.dimensions + 1)]!);
    const [at, scale] = [mean[i]!, deviation * this.scales[i]!];
    const below = normalCdf((low - at) / scale);
    const above = 1 - normalCdf((high - at) / scale);
    // Of two values there is one limit, on either side; the mean may lie on it.
    if (low === high || Math.max(below, above) > 0.5) {
      if (Math.min(below, above) < this.margin) mean[i] = high + Math.sign(at - high) * scale * distance(this.margin);
      return;
    }
    const [belowAtLeast, aboveAtLeast] = this.raised(below, above);
    const [toLow, toHigh] = [distance(belowAtLeast), distance(aboveAtLeast)];
    this.scales[i] = (high - low) / ((toLow + toHigh) * deviation);
    mean[i] = (low * toHigh + high * toLow) / (toLow + toHigh);
  }

  /** The probabilities of both sides, at least half the margin each, where what that adds is taken from all that is above it. */
  private raised(below: number, above: number): [number, number] {
    const half = this.margin / 2;
    const between = 1 - (below + above);
    const [low, high] = [Math.max(below, half), Math.max(above, half)];
    const excess = 1 - low - high - between;
    const spread = low + between + high - 3 * half;
    return [
      clipProbability(low + (excess * (low - half)) / spread),
      clipProbability(high + (excess * (high - half)) / spread),
    ];
  }
}

/** How many standard deviations from the mean a tail of this probability, at most 1/2, begins. */
function distance(probability: number): number {
  return -inverseLogNormalCdf(Math.log(probability));
}

function clipProbability(p: number): number {
  return clip(p, LEAST_PROBABILITY, 0.5 - LEAST_PROBABILITY);
}
