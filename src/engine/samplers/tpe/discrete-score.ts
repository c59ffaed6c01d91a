import { logGaussMass } from "../../math/truncated-normal.js";
import type { Candidates } from "./candidates.js";
import type { KernelClasses } from "./kernel-classes.js";
import { PRIOR_ROW } from "./observations.js";
import type { ObservationTable } from "./observations.js";

/** What a kernel gives to its own choice and to each other one: 1 and 1/`kernels` for each, normalised. */
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
  /** Per stepped column ln of the mass by kernel class and point; none where nearly every kernel is its own class. */
  private readonly memos: readonly (Float64Array | undefined)[];
  private readonly columnsOfFew: readonly number[];
  private readonly columnsOfMany: readonly number[];

  constructor(
    private readonly table: ObservationTable,
    private readonly candidates: Candidates,
    private readonly inverseSigma: Float64Array,
    private readonly classes: readonly KernelClasses[],
    kernels: number,
  ) {
    this.firstStepped = table.continuousCount;
    this.firstCategorical = table.numeric.length;
    this.choices = table.categorical.map(({ distribution }) => {
      const { hit, miss } = smoothedChoice(distribution.choices.length, kernels);
      return { hit: Math.log(hit), miss: Math.log(miss), prior: -Math.log(distribution.choices.length) };
    });
    this.memos = classes.map(({ count }) =>
      2 * count > kernels + 4 ? undefined : new Float64Array(count * candidates.count).fill(NaN),
    );
    const columns = [...classes.keys()];
    const isOfFew = (i: number): boolean => this.memos[i] !== undefined && classes[i]!.count <= FEW_CLASSES;
    this.columnsOfFew = columns.filter((i) => isOfFew(i)).map((i) => this.firstStepped + i);
    this.columnsOfMany = columns.filter((i) => !isOfFew(i)).map((i) => this.firstStepped + i);
  }

  /** `term` with these dimensions added; anything below `cutoff` once it is known to be. */
  add(term: number, cutoff: number, row: number, point: number): number {
    if (this.choices.length > 0) term = this.addChoices(term, row, point);
    if (this.columnsOfFew.length > 0) term = this.addMasses(this.columnsOfFew, term, cutoff, row, point);
    if (term < cutoff || this.columnsOfMany.length === 0) return term;
    if (this.bound(term, cutoff, row, point) < cutoff) return -Infinity;
    return this.addMasses(this.columnsOfMany, term, cutoff, row, point);
  }

  private addMasses(columns: readonly number[], term: number, cutoff: number, row: number, point: number): number {
    for (let i = 0; i < columns.length && term >= cutoff; i++) term += this.logStepMass(row, point, columns[i]!);
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
      const column = this.columnsOfMany[i]!;
      const mu = values[row * width + column]!;
      const at = point * this.firstCategorical + column;
      const distance = Math.max(0, left[at]! - mu, mu - right[at]!);
      const z = distance * this.inverseSigma[row * this.firstCategorical + column]!;
      term -= 0.5 * z * z;
    }
    return term;
  }

  private logStepMass(row: number, point: number, column: number): number {
    const memo = this.memos[column - this.firstStepped];
    if (memo === undefined) return this.computeLogStepMass(row, point, column);
    const at = this.classes[column - this.firstStepped]!.of(row) * this.candidates.count + point;
    let mass = memo[at]!;
    if (Number.isNaN(mass)) memo[at] = mass = this.computeLogStepMass(row, point, column);
    return mass;
  }

  private computeLogStepMass(row: number, point: number, column: number): number {
    const mu = this.table.values[row * this.table.width + column]!;
    const inverse = this.inverseSigma[row * this.firstCategorical + column]!;
    const at = point * this.firstCategorical + column;
    return logGaussMass((this.candidates.left[at]! - mu) * inverse, (this.candidates.right[at]! - mu) * inverse);
  }
}
