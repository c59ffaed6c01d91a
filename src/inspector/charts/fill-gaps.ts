/** Until a sweep moves nothing by more than this share of the range of values. */
const TOLERANCE = 1e-4;
const MAX_SWEEPS = 1_000;

/**
 * The values of a grid, row by row, of which only some are known: every other is the mean of its neighbors, as Plotly and with it Optuna
 * fill the gaps of a contour plot (Laplace's equation, solved by successive over-relaxation).
 * @param known by place in the list; at least one.
 */
export function fillGaps(known: ReadonlyMap<number, number>, columns: number, rows: number): number[] {
  const values = [...known.values()];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const grid = Float64Array.from({ length: columns * rows }, (_, place) => known.get(place) ?? mean);
  const gaps = Int32Array.from([...grid.keys()].filter((place) => !known.has(place)));
  // The best factor for a square with a fixed edge; with other fixed places it converges, too.
  const factor = 2 / (1 + Math.sin(Math.PI / Math.max(columns, rows)));
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let moved = 0;
    for (const place of gaps) {
      const step = factor * (neighborMean(grid, place, columns) - grid[place]!);
      grid[place]! += step;
      moved = Math.max(moved, Math.abs(step));
    }
    if (moved <= TOLERANCE * (high - low)) break;
  }
  return [...grid];
}

/** At an edge there are fewer neighbors. */
function neighborMean(grid: Float64Array, place: number, columns: number): number {
  const column = place % columns;
  let [sum, count] = [0, 0];
  if (place >= columns) [sum, count] = [sum + grid[place - columns]!, count + 1];
  if (place + columns < grid.length) [sum, count] = [sum + grid[place + columns]!, count + 1];
  if (column > 0) [sum, count] = [sum + grid[place - 1]!, count + 1];
  if (column < columns - 1) [sum, count] = [sum + grid[place + 1]!, count + 1];
  return sum / count;
}
