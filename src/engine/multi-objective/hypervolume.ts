import { InvalidArgumentError } from "../errors.js";
import { uniqueLosses, type Loss } from "./losses.js";
import { frontOfSorted } from "./non-domination.js";

/**
 * The volume of what is dominated by the losses and dominates the reference point, exactly. For two objectives by sweeping, for three
 * in O(n²), for more by While, Bradstreet, Barone, "A Fast Way of Calculating Exact Hypervolumes" (2012).
 * @returns 0 where there are no losses; Infinity where the volume has no bound.
 * @throws InvalidArgumentError where a loss exceeds the reference point in an objective.
 */
export function hypervolume(losses: readonly Loss[], reference: Loss): number {
  if (losses.some((loss) => !loss.every((value, i) => value <= reference[i]!)))
    throw new InvalidArgumentError("hypervolume: no loss may exceed the reference point in any objective.");
  if (!reference.every(Number.isFinite)) return Infinity;
  const unique = uniqueLosses(losses).losses;
  return volumeOfSorted(onlyFront(unique), reference);
}

/** The same of losses that are on one front and within the reference point, in any order. */
export function hypervolumeOfFront(front: readonly Loss[], reference: Loss): number {
  return volumeOfSorted(
    front.toSorted((a, b) => (a[0]! < b[0]! ? -1 : Number(a[0]! > b[0]!))),
    reference,
  );
}

/** The volume one loss dominates. */
export function boxVolume(loss: Loss, reference: Loss): number {
  let volume = 1;
  for (let i = 0; i < loss.length; i++) volume *= reference[i]! - loss[i]!;
  return volume;
}

export function worseOfEach(a: Loss, b: Loss): Loss {
  return a.map((value, i) => Math.max(value, b[i]!));
}

function onlyFront(sorted: readonly Loss[]): readonly Loss[] {
  const onFront = frontOfSorted(sorted);
  return sorted.filter((_, i) => onFront[i]);
}

function volumeOfSorted(sorted: readonly Loss[], reference: Loss): number {
  if (sorted.length === 0) return 0;
  const volume =
    reference.length === 2
      ? volumeOfPairs(sorted, reference)
      : reference.length === 3
        ? volumeOfTriples(sorted, reference)
        : volumeByExclusion(sorted, reference);
  // NaN is infinity minus infinity.
  return Number.isFinite(volume) ? volume : Infinity;
}

function volumeOfPairs(sorted: readonly Loss[], reference: Loss): number {
  let [sum, ceiling] = [0, reference[1]!];
  for (const [x, y] of sorted) {
    sum += (reference[0]! - x!) * (ceiling - y!);
    ceiling = y!;
  }
  return sum;
}

/** Over the grid of all x and y that occur, the depth of each cell is the largest of those at or below it: along y it never falls. */
function volumeOfTriples(sorted: readonly Loss[], reference: Loss): number {
  const n = sorted.length;
  const byY = [...sorted.keys()].sort((a, b) => sorted[a]![1]! - sorted[b]![1]! || a - b);
  const cell = new Int32Array(n);
  const width = new Float64Array(n);
  byY.forEach((row, at) => {
    cell[row] = at;
    width[at] = (at + 1 < n ? sorted[byY[at + 1]!]![1]! : reference[1]!) - sorted[row]![1]!;
  });
  const depths = new Float64Array(n);
  let [area, volume] = [0, 0];
  for (let row = 0; row < n; row++) {
    const [x, , z] = sorted[row]!;
    const depth = reference[2]! - z!;
    for (let at = cell[row]!; at < n && depths[at]! < depth; at++) {
      area += (depth - depths[at]!) * width[at]!;
      depths[at] = depth;
    }
    volume += area * ((row + 1 < n ? sorted[row + 1]![0]! : reference[0]!) - x!);
  }
  return volume;
}

/** Each loss adds what none after it dominates. */
function volumeByExclusion(sorted: readonly Loss[], reference: Loss): number {
  let volume = 0;
  for (let i = 0; i < sorted.length; i++) {
    volume += boxVolume(sorted[i]!, reference);
    const covered = sorted.slice(i + 1).map((later) => worseOfEach(sorted[i]!, later));
    if (covered.length > 0) volume -= volumeByExclusion(covered.length > 3 ? onlyFront(covered) : covered, reference);
  }
  return volume;
}
