import type { NormalizedSpace } from "../../gaussian-process/normalized-space.js";
import type { Rng } from "../../math/rng.js";
import type { Observation } from "./observations.js";

/** A bound is doubted where `MOST` of the last `RECENT` trials are near it. */
const RECENT = 10;
const MOST = 8;
/** Of a range. A number of few values is near its bounds nowhere. */
const NEAR = 1 / 32;
/** One is left once in so many trials, twice where more than `MANY_BOUNDS` are doubted; not where the scale is chosen anew. */
const EVERY = 10;
const MANY_BOUNDS = 3;

/**
 * A proposal that leaves a bound near which most of the last trials are: the best point, with one number moved off its bound by a distance
 * that is uniform in its logarithm. `undefined` where no bound is to be left now.
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
  const doubted = doubtedColumns(observations.slice(-RECENT), space.numericCount);
  const every = doubted.length > MANY_BOUNDS ? EVERY / 2 : EVERY;
  if (doubted.length === 0 || observations.length % every !== Math.floor(every / 2)) return undefined;
  const point = best.slice();
  const column = doubted[Math.floor(rng.next() * doubted.length)]!;
  const distance = NEAR ** rng.next();
  point[column] = point[column]! < 0.5 ? distance : 1 - distance;
  return space.nearest(point);
}

function doubtedColumns(recent: readonly Observation[], numericCount: number): number[] {
  const isDoubted = (column: number) =>
    [0, 1].some((bound) => recent.filter(({ point }) => Math.abs(point[column]! - bound) < NEAR).length >= MOST);
  return Array.from({ length: numericCount }, (_, column) => column).filter(isDoubted);
}
