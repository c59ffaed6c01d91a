import type { Rng } from "../../math/rng.js";
import { clip } from "../../math/clip.js";

export interface Solution {
  /** As `draw` gave it, or any other. */
  readonly point: Float64Array;
  /** Lower is better; may be infinite, never NaN. */
  readonly loss: number;
}

/** A normal distribution: mean, and covariance sigma² · covariance, in the unit cube. */
export interface Normal {
  readonly mean: Float64Array;
  readonly sigma: number;
  /** n × n, row by row. Default: the identity. */
  readonly covariance?: Float64Array;
}

/** A normal distribution over a space whose tried points lie in the unit cube, moved from generation to generation. */
export interface EvolutionStrategy {
  readonly dimensions: number;
  /** Solutions to be told for one generation. */
  readonly populationSize: number;
  /** From the distribution; it may lie outside the cube. */
  draw(rng: Rng): Float64Array;
  /** Whether a drawn point must lie in [0, 1] along a dimension. Default: along each. */
  isBounded?(dimension: number): boolean;
  /** What to try for a drawn point that is within bounds. Default: the point itself. */
  decode?(point: Float64Array): Float64Array;
  /** Moves on by one generation: `populationSize` solutions, in any order. */
  tell(solutions: readonly Solution[]): void;
}

/** Draws until a point is within bounds; the last of 10 n + 1 draws is clipped. */
export function drawWithinBounds(strategy: EvolutionStrategy, rng: Rng): Float64Array {
  const isOutside = (x: number, i: number) => (x < 0 || x > 1) && (strategy.isBounded?.(i) ?? true);
  for (let attempt = 0; attempt < 10 * strategy.dimensions; attempt++) {
    const point = strategy.draw(rng);
    if (!point.some(isOutside)) return point;
  }
  return strategy.draw(rng).map((x, i) => (isOutside(x, i) ? clip(x, 0, 1) : x));
}

/** From the standard normal distribution, independent, by Box and Muller's transform. */
export function standardNormals(count: number, rng: Rng): Float64Array {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
    const angle = 2 * Math.PI * rng.next();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** The best first; those of one loss in the order given. */
export function ranked(solutions: readonly Solution[]): Solution[] {
  return solutions.toSorted((a, b) => (a.loss < b.loss ? -1 : a.loss > b.loss ? 1 : 0));
}

/** The steps from the mean to the solutions, in units of the step size, the best first. */
export function rankedSteps(solutions: readonly Solution[], mean: Float64Array, sigma: number): Float64Array[] {
  return ranked(solutions).map(({ point }) => point.map((x, i) => (x - mean[i]!) / sigma));
}

/** Below 1e-17 a step is lost in a coordinate's last bit; going on down to 0 would divide by it. */
export function limitedSigma(sigma: number): number {
  return clip(sigma, 1e-17, 1e32);
}

/** The weighted sum of the first `weights.length` vectors. */
export function weightedSum(vectors: readonly Float64Array[], weights: Float64Array): Float64Array {
  const result = new Float64Array(vectors[0]!.length);
  weights.forEach((weight, k) => vectors[k]!.forEach((x, i) => (result[i]! += weight * x)));
  return result;
}

export function squaredNorm(vector: Float64Array): number {
  return vector.reduce((total, x) => total + x * x, 0);
}
