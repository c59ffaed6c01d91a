import { uniqueLosses, type Loss } from "./losses.js";
import { frontOfSorted } from "./non-domination.js";

/** Boxes side by side, in rows of one number per objective. Larger is better here: the coordinates are losses with their sign turned. */
export interface Boxes {
  readonly count: number;
  readonly lower: Float64Array;
  /** Above 0; may be Infinity. */
  readonly width: Float64Array;
}

/** A corner up to which nothing is dominated, with what bounds it: for each objective the point that defines it there. */
interface UpperBound {
  readonly corner: Loss;
  readonly definedBy: readonly Loss[];
}

/**
 * What no loss dominates and the reference point does not exceed, as boxes that do not overlap: a point's gain in hypervolume is the
 * sum of what it covers of each. As Optuna and BoTorch divide it.
 *
 * Lacour, Klamroth, Fonseca, "A Box Decomposition Algorithm to Compute the Hypervolume Indicator" (2017), algorithm 2, applied a second
 * time to the corners it finds: Daulton, Balandat, Bakshy, "Differentiable Expected Hypervolume Improvement for Parallel
 * Multi-Objective Bayesian Optimization" (NeurIPS 2020).
 * @param losses finite, of at least two objectives, and below the reference point in each.
 */
export function nonDominatedBoxes(losses: readonly Loss[], reference: Loss): Boxes {
  const corners = upperBounds(frontOf(losses), reference).map(({ corner }) => corner.map((x) => -x));
  const infinity = reference.map(() => Infinity);
  const rows = upperBounds(frontOf(corners), infinity).map((bound) => boxBelow(bound, infinity));
  const kept = rows.filter(({ lower, upper }) => lower.every((low, j) => low < upper[j]!));
  return {
    count: kept.length,
    lower: Float64Array.from(kept.flatMap(({ lower }) => lower)),
    width: Float64Array.from(kept.flatMap(({ lower, upper }) => upper.map((high, j) => high - lower[j]!))),
  };
}

/** Each once, in lexicographic order. */
function frontOf(losses: readonly Loss[]): readonly Loss[] {
  const { losses: sorted } = uniqueLosses(losses);
  const onFront = frontOfSorted(sorted);
  return sorted.filter((_, i) => onFront[i]);
}

function upperBounds(sortedFront: readonly Loss[], reference: Loss): readonly UpperBound[] {
  const definedBy = reference.map((_, k) => reference.map((x, j) => (j === k ? x : -Infinity)));
  let bounds: readonly UpperBound[] = [{ corner: reference, definedBy }];
  for (const loss of sortedFront) {
    const untouched = bounds.filter(({ corner }) => !isBelow(loss, corner));
    if (untouched.length === bounds.length) continue;
    const split = bounds.filter(({ corner }) => isBelow(loss, corner)).flatMap((bound) => splitAt(bound, loss));
    bounds = [...untouched, ...split];
  }
  return bounds;
}

/** The bounds that take one's place where a point lies below it: one per objective, but for those that would be redundant. */
function splitAt({ corner, definedBy }: UpperBound, loss: Loss): UpperBound[] {
  return loss.flatMap((value, j) => {
    // The points come in the order of the first objective, along which none is redundant.
    const isRedundant = j > 0 && definedBy.some((point, k) => k !== j && point[j]! > value);
    if (isRedundant) return [];
    return [
      {
        corner: corner.map((x, k) => (k === j ? value : x)),
        definedBy: definedBy.map((point, k) => (k === j ? loss : point)),
      },
    ];
  });
}

/** The part of what lies below a bound that is no other bound's (Lacour et al., equation 2). */
function boxBelow({ corner, definedBy }: UpperBound, reference: Loss): { lower: Loss; upper: Loss } {
  const lower = corner.map((_, j) => {
    if (j === 0) return definedBy[0]![0]!;
    return definedBy.slice(0, j).reduce((most, point) => Math.max(most, point[j]!), -Infinity);
  });
  return { lower, upper: corner.map((x, j) => (j === 0 ? reference[0]! : x)) };
}

function isBelow(a: Loss, b: Loss): boolean {
  return a.every((x, j) => x < b[j]!);
}
