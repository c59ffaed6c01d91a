import { normalCdf } from "../../../src/engine/math/normal.js";

/**
 * Two-sided p-value that two samples come from one distribution: the normal approximation with correction for ties and continuity, as
 * SciPy's `mannwhitneyu(method="asymptotic")` has it.
 * @param a @param b at least one value each.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, isA: true })), ...b.map((value) => ({ value, isA: false }))];
  all.sort((x, y) => x.value - y.value);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]!.value === all[from]!.value) to++;
    const count = to - from;
    ties += count ** 3 - count;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (all[i]!.isA) rankSum += rank;
    from = to;
  }
  const [n, m] = [a.length, b.length];
  const u = rankSum - (n * (n + 1)) / 2;
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  if (variance === 0) return 1;
  return Math.min(1, 2 * normalCdf((0.5 - Math.abs(u - (n * m) / 2)) / Math.sqrt(variance)));
}

/** The p-values of so many tests, each as large as it is when all are looked at (Holm 1979): below a level, it holds for all together. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const adjusted: number[] = [];
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, values[index]! * (values.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
