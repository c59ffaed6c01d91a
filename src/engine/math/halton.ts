import { firstPrimes } from "./primes.js";
import type { Rng } from "./rng.js";

/**
 * A Halton sequence (Halton 1960): in each dimension the digits of the index in another prime base, mirrored at the point. For any
 * number of dimensions, though in high ones it takes many points to fill the space.
 */
export class HaltonSequence {
  private readonly bases: readonly number[];
  /** By dimension and digit: which digit to put in its place. */
  private readonly permutations: readonly (readonly Uint32Array[])[] | undefined;

  /**
   * @param scramble what to draw a random permutation of every digit from (Owen 2017, "A randomized Halton algorithm in R"), which
   *   makes each point uniform. Without it the first point is all 0.
   */
  constructor(dimensions: number, scramble?: Rng) {
    this.bases = firstPrimes(dimensions);
    this.permutations =
      scramble &&
      this.bases.map((base) => Array.from({ length: digitsOf(base) }, () => randomPermutation(base, scramble)));
  }

  /** The coordinates, each in [0, 1), of the point at an index from 0. */
  point(index: number): number[] {
    return this.bases.map((base, dimension) => {
      const permutations = this.permutations?.[dimension];
      let [rest, place, sum] = [index, 1 / base, 0];
      for (let digit = 0; permutations ? digit < permutations.length : rest > 0; digit++) {
        sum += (permutations?.[digit]?.[rest % base] ?? rest % base) * place;
        rest = Math.floor(rest / base);
        place /= base;
      }
      // All digits at their highest round up to 1.
      return Math.min(sum, 1 - Number.EPSILON / 2);
    });
  }
}

/** How many digits make a difference to a double below 1. */
function digitsOf(base: number): number {
  return Math.ceil(54 / Math.log2(base)) - 1;
}

/** Fisher and Yates's shuffle. */
function randomPermutation(length: number, rng: Rng): Uint32Array {
  const items = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(rng.next() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
