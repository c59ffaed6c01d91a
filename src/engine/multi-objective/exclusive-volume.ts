import { boxVolume, hypervolume, worseOfEach } from "./hypervolume.js";
import type { Loss } from "./losses.js";

/**
 * The volume within the reference point that a loss dominates and no loss of a front does. For three objectives in O(n log n).
 * @param front ascending by the last component; none of it dominates the loss.
 * @returns Infinity where the loss dominates a volume without bound.
 */
export function exclusiveVolume(loss: Loss, front: readonly Loss[], reference: Loss): number {
  const box = boxVolume(loss, reference);
  if (!Number.isFinite(box)) return Infinity;
  const covered =
    loss.length === 3
      ? coveredOfTriple(loss, front, reference)
      : hypervolume(
          front.map((other) => worseOfEach(other, loss)),
          reference,
        );
  return Math.max(0, box - covered);
}

/** How much of what a loss dominates others do: from the lowest third component up, each covers what lies above its share of the plane. */
function coveredOfTriple([x, y, z]: Loss, front: readonly Loss[], [right, top, end]: Loss): number {
  const plane = new CoveredPlane(right!, top!);
  let volume = 0;
  for (const [a, b, c] of front) {
    volume += plane.cover(Math.max(a!, x!), Math.max(b!, y!)) * (end! - Math.max(c!, z!));
    // Nothing is left.
    if (a! <= x! && b! <= y!) break;
  }
  return volume;
}

/** The part of a plane that is right of and above at least one of several points. */
class CoveredPlane {
  /** The corners of its edge: from left to right, and down. */
  private readonly xs: number[] = [];
  private readonly ys: number[] = [];

  constructor(
    private readonly right: number,
    private readonly top: number,
  ) {}

  /** Adds a point. @returns the area that it adds. */
  cover(x: number, y: number): number {
    const { xs, ys } = this;
    const place = this.firstRightOf(x);
    let [left, ceiling] = [x, place > 0 ? ys[place - 1]! : this.top];
    if (ceiling <= y) return 0;
    let [area, next] = [0, place];
    for (; next < xs.length && ys[next]! >= y; next++) {
      area += (xs[next]! - left) * (ceiling - y);
      [left, ceiling] = [xs[next]!, ys[next]!];
    }
    area += ((next < xs.length ? xs[next]! : this.right) - left) * (ceiling - y);
    xs.splice(place, next - place, x);
    ys.splice(place, next - place, y);
    return area;
  }

  private firstRightOf(x: number): number {
    let [low, high] = [0, this.xs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.xs[middle]! > x) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
