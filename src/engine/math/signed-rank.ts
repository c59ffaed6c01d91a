import { erfc } from "./normal.js";

/** Up to this many differences, all different and none 0, the exact distribution is used; ties are counted out to `MAX_TIED`. */
const MAX_EXACT = 50;
const MAX_TIED = 13;

/**
 * The one-sided p-value of Wilcoxon's signed-rank test: how likely differences lie as far above 0 as these, or further, if
 * each had its sign by chance. Zeros count half to either side ("zsplit"). Exact for up to 50 differences (13 where some
 * are equal or 0), beyond that by the normal approximation with a correction for ties: the choices of SciPy's
 * `wilcoxon(differences, zero_method="zsplit", alternative="greater")`.
 *
 * Wilcoxon, "Individual Comparisons by Ranking Methods" (Biometrics Bulletin 1, 1945).
 * @param differences finite; at least one.
 */
export function signedRankPValue(differences: readonly number[]): number {
  const { ranks, tieSizes } = averageRanks(differences.map(Math.abs));
  const n = differences.length;
  const hasTies = tieSizes.some((size) => size > 1) || differences.includes(0);
  const exact = n <= (hasTies ? MAX_TIED : MAX_EXACT);
  return exact ? exactPValue(differences, ranks) : normalPValue(differences, ranks, tieSizes);
}

/**
 * Counts the signs that give a rank sum as large as observed. Average ranks are multiples of a half: doubled, they are whole
 * and sums of them index an array. Zeros add the same whatever their sign, and are left out.
 */
function exactPValue(differences: readonly number[], ranks: readonly number[]): number {
  let total = 0;
  let observed = 0;
  const signed: number[] = [];
  for (const [i, difference] of differences.entries()) {
    if (difference === 0) continue;
    const rank = 2 * ranks[i]!;
    signed.push(rank);
    total += rank;
    if (difference > 0) observed += rank;
  }
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  for (const rank of signed) for (let sum = total; sum >= rank; sum--) ways[sum]! += ways[sum - rank]!;
  let asLarge = 0;
  for (let sum = observed; sum <= total; sum++) asLarge += ways[sum]!;
  return asLarge / 2 ** signed.length;
}

function normalPValue(differences: readonly number[], ranks: readonly number[], tieSizes: readonly number[]): number {
  const n = differences.length;
  let rankSum = 0;
  for (const [i, difference] of differences.entries())
    rankSum += difference > 0 ? ranks[i]! : difference === 0 ? ranks[i]! / 2 : 0;
  const ties = tieSizes.reduce((sum, size) => sum + size ** 3 - size, 0);
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - ties / 2) / 24);
  const z = (rankSum - (n * (n + 1)) / 4) / deviation;
  return 0.5 * erfc(z * Math.SQRT1_2);
}

/** Ranks from 1, equal values sharing the mean of theirs; and how many values share each. */
function averageRanks(values: readonly number[]): { readonly ranks: number[]; readonly tieSizes: number[] } {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  const tieSizes: number[] = [];
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (const i of order.slice(start, end)) ranks[i] = (start + 1 + end) / 2;
    tieSizes.push(end - start);
    start = end;
  }
  return { ranks, tieSizes };
}
