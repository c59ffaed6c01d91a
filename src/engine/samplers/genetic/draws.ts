import { inverseLogNormalCdf } from "../../math/normal.js";
import type { Rng } from "../../math/rng.js";

/** A whole number from 0, below `count`. */
export function drawIndex(rng: Rng, count: number): number {
  return Math.floor(rng.next() * count);
}

/** From the normal distribution around 0. */
export function drawNormal(rng: Rng, standardDeviation: number): number {
  const quantile = Math.max(rng.next(), Number.MIN_VALUE);
  const z = quantile < 0.5 ? inverseLogNormalCdf(Math.log(quantile)) : -inverseLogNormalCdf(Math.log1p(-quantile));
  return z * standardDeviation;
}

/** In place, every order equally likely (Fisher, Yates). */
export function shuffle<T>(items: T[], rng: Rng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = drawIndex(rng, i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}
