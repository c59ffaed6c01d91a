import type { NormalizedSpace } from "../../gaussian-process/normalized-space.js";
import type { Rng } from "../../math/rng.js";
import type { Observation } from "./observations.js";

/** A bound is doubted where of the last `RECENT` trials `MOST` are near it, once in `EVERY` trials, between those after which the scale is chosen anew. */
const RECENT = 10;
const MOST = 8;
const EVERY = 10;
/** Of a range. A number of few values is near its bounds nowhere. */
const NEAR = 1 / 32;

/**
 * A proposal that leaves a bound near which most of the last trials are: the best point, with one number drawn anew. `undefined` where no
 * bound is to be doubted now.
 *
 * On the compressed scale, a model of many numbers may keep one on a bound for good: only the first trials tell that it is bad there, among
 * which that scale leaves little difference.
 * @param best the point of the best feasible trial.
 */
export function leaveDoubtedBound(
  observations: readonly Observation[],
  best: Float64Array,
  space: NormalizedSpace,
  rng: Rng,
): Float64Array | undefined {
  if (observations.length % EVERY !== EVERY / 2) return undefined;
  const recent = observations.slice(-RECENT);
  const isDoubted = (column: number) =>
    [0, 1].some((bound) => recent.filter(({ point }) => Math.abs(point[column]! - bound) < NEAR).length >= MOST);
  const doubted = Array.from({ length: space.numericCount }, (_, column) => column).filter(isDoubted);
  if (doubted.length === 0) return undefined;
  const point = best.slice();
  point[doubted[Math.floor(rng.next() * doubted.length)]!] = rng.next();
  return space.nearest(point);
}
