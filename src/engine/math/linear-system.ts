/**
 * The solution x of A x = b, by Gaussian elimination with complete pivoting.
 * @param matrix square, row by row.
 * @returns `undefined` where the matrix is singular as far as doubles can tell.
 */
export function solveLinearSystem(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): number[] | undefined {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const largest = Math.max(...matrix.flat().map(Math.abs));
  const columns = [...right.keys()];
  for (let k = 0; k < n; k++) {
    const pivot = largestFrom(rows, k, n);
    if (!(Math.abs(rows[pivot.row]![pivot.column]!) > largest * n * Number.EPSILON)) return undefined;
    swap(rows, k, pivot.row);
    for (const row of rows) swap(row, k, pivot.column);
    swap(columns, k, pivot.column);
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  const solution = new Array<number>(n).fill(0);
  columns.forEach((column, k) => (solution[column] = rows[k]![n]! / rows[k]![k]!));
  return solution;
}

function largestFrom(rows: readonly (readonly number[])[], from: number, n: number): { row: number; column: number } {
  let best = { row: from, column: from };
  for (let row = from; row < n; row++)
    for (let column = from; column < n; column++)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[best.row]![best.column]!)) best = { row, column };
  return best;
}

function swap<T>(items: T[], i: number, j: number): void {
  [items[i], items[j]] = [items[j]!, items[i]!];
}
