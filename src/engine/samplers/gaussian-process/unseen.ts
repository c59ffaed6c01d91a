import type { Acquisition } from "./acquisition.js";

/** Acquisitions are logarithms: no other difference is as large. */
const PENALTY = 1e6;

/**
 * An acquisition that puts points already tried behind all others: where there are only steps and choices, the best point would be proposed
 * again and again, as a model that allows for noise expects a little more of it.
 */
export class UnseenFirst implements Acquisition {
  private readonly seen: ReadonlySet<string>;

  constructor(
    private readonly acquisition: Acquisition,
    seen: readonly Float64Array[],
  ) {
    this.seen = new Set(seen.map((point) => point.join()));
  }

  evaluate(x: Float64Array, gradient?: Float64Array): number {
    return this.acquisition.evaluate(x, gradient) - this.penalty(x);
  }

  evaluateAll(points: readonly Float64Array[], share?: number): Float64Array {
    return this.acquisition.evaluateAll(points, share).map((value, i) => value - this.penalty(points[i]!));
  }

  private penalty(x: Float64Array): number {
    return this.seen.has(x.join()) ? PENALTY : 0;
  }
}
