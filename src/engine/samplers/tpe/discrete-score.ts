import { logGaussMass } from "../../math/truncated-normal.js";
import type { Candidates } from "./candidates.js";
import type { KernelClasses } from "./kernel-classes.js";
import { PRIOR_ROW } from "./observations.js";
import type { ObservationTable } from "./observations.js";

/** What a kernel gives to its own choice and to each other one: 1 and 1/`kernels` for each, normalized. */
export function smoothedChoice(choices: number, kernels: number): { readonly hit: number; readonly miss: number } {
  const total = 1 + choices / kernels;
  return { hit: (1 + 1 / kernels) / total, miss: 1 / kernels / total };
}

/** Up to so many classes of kernels the mass is simply looked up; beyond, a bound first tells whether it is needed. */
const FEW_CLASSES = 128;

/** What stepped and categorical dimensions add to the logarithm of one kernel's density at one point: at most 0 each. */
export class DiscreteScore {
  private readonly firstStepped: number;
  private readonly firstCategorical: number;
  private readonly choices: readonly { readonly hit: number; readonly miss: number; readonly prior: number }[];
  /** ln of the mass by stepped column, kernel class and point; NaN where not known. */
  private readonly memo: Float64Array;
  /** Per stepped column, the number of classes before its own in `memo`; −1 where nearly every kernel is its own class. */
  private readonly memoStart: Int32Array;
  private readonly columnsOfFew: Int32Array;
  private readonly columnsOfMany: Int32Array;

  constructor(
    private readonly table: ObservationTable,
    private readonly candidates: Candidates,
    private readonly inverseSigma: Float64Array,
    private readonly classes: KernelClasses,
    kernels: number,
  ) {
    this.firstStepped = table.continuousCount;
    this.firstCategorical = table.numeric.length;
    this.choices = table.categorical.map(({ distribution }) => {
      const { hit, miss } = smoothedChoice(distribution.choices.length, kernels);
      return { hit: Math.log(hit), miss: Math.log(miss), prior: -Math.log(distribution.choices.length) };
    });
    let classCount = 0;
    this.memoStart = classes.counts.map((count) => {
      if (2 * count > kernels + 4) return -1;
      classCount += count;
      return classCount - count;
    });
    this.memo = new Float64Array(classCount * candidates.count).fill(NaN);
    const isOfFew = (column: number): boolean => this.memoStart[column]! >= 0 && classes.counts[column]! <= FEW_CLASSES;
    const columns = Int32Array.from(classes.counts.keys());
    this.columnsOfFew = columns.filter((column) => isOfFew(column));
    this.columnsOfMany = columns.filter((column) => !isOfFew(column));
  }

  /** `term` with these dimensions added; anything below `cutoff` once it is known to be. */
  add(term: number, cutoff: number, row: number, point: number): number {
    if (this.choices.length > 0) term = this.addChoices(term, row, point);
    if (this.columnsOfFew.length > 0) term = this.addMasses(this.columnsOfFew, term, cutoff, row, point);
    if (term < cutoff || this.columnsOfMany.length === 0) return term;
    if (this.bound(term, cutoff, row, point) < cutoff) return -Infinity;
    return this.addMasses(this.columnsOfMany, term, cutoff, row, point);
  }

  private addMasses(columns: Int32Array, term: number, cutoff: number, row: number, point: number): number {
    const { memo, memoStart } = this;
    const { ofRow } = this.classes;
    const { count } = this.candidates;
    const rowStart = row * this.classes.columns;
    for (let i = 0; i < columns.length && term >= cutoff; i++) {
      const column = columns[i]!;
      const start = memoStart[column]!;
      if (start < 0) {
        term += this.logStepMass(row, point, column);
        continue;
      }
      const at = (start + ofRow[rowStart + column]!) * count + point;
      if (Number.isNaN(memo[at]!)) memo[at] = this.logStepMass(row, point, column);
      term += memo[at]!;
    }
    return term;
  }

  private addChoices(term: number, row: number, point: number): number {
    const { values, width } = this.table;
    for (let i = 0; i < this.choices.length; i++) {
      const { hit, miss, prior } = this.choices[i]!;
      const column = this.firstCategorical + i;
      const isHit = values[row * width + column]! === this.candidates.internal[point * width + column]!;
      term += row === PRIOR_ROW ? prior : isHit ? hit : miss;
    }
    return term;
  }

  /** The mass beyond a distance d is at most exp(−d²/2): cheap, and enough to leave most kernels out. */
  private bound(term: number, cutoff: number, row: number, point: number): number {
    const { values, width } = this.table;
    const { left, right } = this.candidates;
    for (let i = 0; i < this.columnsOfMany.length && term >= cutoff; i++) {
      const column = this.firstStepped + this.columnsOfMany[i]!;
      const mu = values[row * width + column]!;
      const at = point * this.firstCategorical + column;
      const distance = Math.max(0, left[at]! - mu, mu - right[at]!);
      const z = distance * this.inverseSigma[row * this.firstCategorical + column]!;
      term -= 0.5 * z * z;
    }
    return term;
  }

  private logStepMass(row: number, point: number, stepped: number): number {
    const column = this.firstStepped + stepped;
    const mu = this.table.values[row * this.table.width + column]!;
    const inverse = this.inverseSigma[row * this.firstCategorical + column]!;
    const at = point * this.firstCategorical + column;
    return logGaussMass((this.candidates.left[at]! - mu) * inverse, (this.candidates.right[at]! - mu) * inverse);
  }
}
