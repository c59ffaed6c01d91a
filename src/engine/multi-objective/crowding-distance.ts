/**
 * How far apart each point's neighbors are, summed over the objectives, each over its finite range: the larger, the lonelier.
 * The outermost points of an objective get Infinity; where all have the same value, it counts for nothing.
 * Deb et al., "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II" (2002).
 * @param values one row per point.
 * @returns by row, and the rows in the order the last objective sorts them in, which decides among equal distances.
 */
export function crowdingDistances(values: readonly (readonly number[])[]): {
  readonly distances: number[];
  readonly order: number[];
} {
  const distances = values.map(() => 0);
  const order = [...values.keys()];
  for (let objective = 0; objective < (values[0]?.length ?? 0); objective++) {
    const at = (row: number | undefined, none: number) => (row === undefined ? none : values[row]![objective]!);
    order.sort((a, b) => (at(a, 0) < at(b, 0) ? -1 : Number(at(a, 0) > at(b, 0))));
    if (at(order[0], 0) === at(order.at(-1), 0)) continue;
    const sorted = order.map((row) => at(row, 0));
    const lowest = sorted.find((value) => value !== -Infinity) ?? Infinity;
    const highest = sorted.findLast((value) => value !== Infinity) ?? -Infinity;
    const width = highest - lowest > 0 ? highest - lowest : 1;
    order.forEach((row, i) => {
      const [below, above] = [at(order[i - 1], -Infinity), at(order[i + 1], Infinity)];
      if (below !== above) distances[row]! += (above - below) / width;
    });
  }
  return { distances, order };
}
