import { boxVolume, hypervolume, hypervolumeOfFront, worseOfEach } from "./hypervolume.js";
import { uniqueLosses, type Loss } from "./losses.js";
import { nonDominationRanks } from "./non-domination.js";

/**
 * The indices of the `count` best losses, in no promised order: whole fronts while they fit; of the first that does not, those that
 * together dominate most.
 */
export function bestSubset(losses: readonly Loss[], count: number): number[] {
  const indices = [...losses.keys()];
  if (count <= 0) return [];
  if (count >= losses.length) return indices;
  const ranks = nonDominationRanks(losses, { exact: count });
  const best: number[] = [];
  for (let rank = 0; best.length < count; rank++) {
    const front = indices.filter((i) => ranks[i] === rank);
    if (best.length + front.length <= count) best.push(...front);
    else {
      const frontLosses = front.map((i) => losses[i]!);
      const chosen = selectByHypervolume(frontLosses, count - best.length, referencePoint(frontLosses));
      best.push(...chosen.map((i) => front[i]!));
    }
  }
  return best;
}

/** A tenth beyond the worst in each objective, never 0. */
export function referencePoint(losses: readonly Loss[]): Loss {
  const worst = losses.reduce(worseOfEach);
  return worst.map((value) => Math.max(1.1 * value, 0.9 * value) || 1e-12);
}

/**
 * The indices of `count` losses that together dominate as much as can be had greedily, in the order in which they are taken: at least
 * 1 − 1/e of the most possible. Guerreiro, Fonseca, Paquete, "Greedy Hypervolume Subset Selection in Low Dimensions" (2016).
 * @param losses of one front. Equal ones are taken once before any is taken twice.
 */
export function selectByHypervolume(losses: readonly Loss[], count: number, reference: Loss): number[] {
  if (count >= losses.length) return [...losses.keys()];
  const unique = uniqueLosses(losses);
  if (unique.losses.length < count) return withDuplicates(losses.length, unique.first, count);
  if (!reference.every(Number.isFinite)) return unique.first.slice(0, count);
  if (unique.losses.length === count) return [...unique.first];
  const select = reference.length === 2 ? selectPairs : selectTuples;
  return select(unique.losses, count, reference).map((i) => unique.first[i]!);
}

function withDuplicates(total: number, first: readonly number[], count: number): number[] {
  const chosen = new Set(first);
  for (let i = 0; i < total && chosen.size < count; i++) chosen.add(i);
  return [...chosen].sort((a, b) => a - b);
}

interface PairBox {
  readonly index: number;
  readonly loss: Loss;
  /** The corner up to which nothing taken so far dominates. */
  corner: [number, number];
}

/** What a pair adds is one rectangle, cut by the nearest ones taken on either side. */
function selectPairs(sorted: readonly Loss[], count: number, reference: Loss): number[] {
  const boxes: PairBox[] = sorted.map((loss, index) => ({ index, loss, corner: [reference[0]!, reference[1]!] }));
  const selected: number[] = [];
  while (selected.length < count) {
    const at = indexOfLargest(boxes.map(({ loss, corner }) => boxVolume(loss, corner)));
    const [taken] = boxes.splice(at, 1);
    selected.push(taken!.index);
    boxes.forEach(({ corner }, i) => {
      const side = i < at ? 0 : 1;
      corner[side] = Math.min(corner[side], taken!.loss[side]!);
    });
  }
  return selected;
}

interface Candidate {
  readonly index: number;
  readonly loss: Loss;
  readonly box: number;
  /** At least what taking it would add. */
  bound: number;
}

function selectTuples(sorted: readonly Loss[], count: number, reference: Loss): number[] {
  const candidates: Candidate[] = sorted.map((loss, index) => {
    const box = boxVolume(loss, reference);
    return { index, loss, box, bound: box };
  });
  const selected: Candidate[] = [];
  let volume = 0;
  while (selected.length < count) {
    const at = indexOfLargest(candidates.map(({ bound }) => bound));
    const [taken] = candidates.splice(at, 1);
    selected.push(taken!);
    volume += taken!.bound;
    if (selected.length < count) tightenBounds(candidates, selected, volume, reference);
  }
  return selected.map(({ index }) => index);
}

/**
 * Lowers the bounds until the largest is exact. What a loss adds only shrinks as others are taken, so an earlier bound stays one, and
 * so does what it would add to the last taken alone.
 */
function tightenBounds(
  candidates: readonly Candidate[],
  selected: readonly Candidate[],
  volume: number,
  reference: Loss,
): void {
  if (!Number.isFinite(volume)) {
    for (const candidate of candidates) candidate.bound = Infinity;
    return;
  }
  const last = selected.at(-1)!.loss;
  for (const candidate of candidates) {
    const alone = candidate.box - boxVolume(worseOfEach(candidate.loss, last), reference);
    candidate.bound = Math.min(candidate.bound, alone);
  }
  const taken = selected.map(({ loss }) => loss);
  let largest = 0;
  for (const candidate of candidates.toSorted((a, b) => b.bound - a.bound)) {
    if (!Number.isFinite(candidate.box)) candidate.bound = Infinity;
    else if (candidate.bound < largest) continue;
    else candidate.bound = addedVolume(candidate, taken, volume, reference);
    largest = Math.max(largest, candidate.bound);
  }
}

function addedVolume({ loss, box }: Candidate, taken: readonly Loss[], volume: number, reference: Loss): number {
  if (reference.length <= 3) return hypervolumeOfFront([...taken, loss], reference) - volume;
  const covered = taken.map((other) => worseOfEach(loss, other));
  return box - hypervolume(covered, reference);
}

/** The first of equals; NaN, which is infinity minus infinity, counts as the largest. */
function indexOfLargest(values: readonly number[]): number {
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) return i;
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}
