import { evenly } from "./evenly.js";

/**
 * At most `max` of the points, such that a plot looks the same: of each stretch of neighbors the lowest and the highest, and always the
 * first, the last and those to keep.
 * @param points in plotting order.
 * @param keep points to keep; should these alone be more than `max`, evenly chosen ones of them.
 */
export function downsample<T extends object>(
  points: readonly T[],
  max: number,
  valueOf: (point: T) => number,
  keep: ReadonlySet<T> = new Set(),
): readonly T[] {
  if (points.length <= max) return points;
  const room = max - keep.size - 2;
  const chosen = new Set<T>(keep.size <= max - 2 ? keep : evenly([...keep], max - 2));
  chosen.add(points[0]!).add(points.at(-1)!);
  const stretches = Math.floor(room / 2);
  for (let i = 0; i < stretches; i++) {
    const from = Math.floor((i * points.length) / stretches);
    const to = Math.floor(((i + 1) * points.length) / stretches);
    let low = points[from]!;
    let high = low;
    for (const point of points.slice(from, to)) {
      if (valueOf(point) < valueOf(low)) low = point;
      if (valueOf(point) > valueOf(high)) high = point;
    }
    chosen.add(low).add(high);
  }
  return points.filter((point) => chosen.has(point));
}
