import type { CategoricalDistribution, SearchSpace } from "../../distribution.js";
import { toTransformed, transformedBounds } from "../../sampled-interval.js";
import type { NumericDistribution } from "../../sampled-interval.js";

export interface NumericDimension {
  readonly name: string;
  readonly distribution: NumericDistribution;
  /** The sampled interval: widened by half a step, in logarithms where the distribution is logarithmic. */
  readonly low: number;
  readonly high: number;
}

export interface CategoricalDimension {
  readonly name: string;
  readonly distribution: CategoricalDistribution;
}

/** The first row stands for the prior: center of each range, no choice (−1). Trial n is in row n + 1. */
export const PRIOR_ROW = 0;

/** Up to so many new rows are inserted one by one; above, sorting anew is faster. */
const FEW_ROWS = 32;

/**
 * What was observed in one search space, a row per trial that has all its parameters, kept between proposals: finished
 * trials never change, so a row is written and put in order once.
 * Columns: continuous dimensions, then stepped ones, then categorical ones.
 */
export class ObservationTable {
  readonly numeric: readonly NumericDimension[];
  /** The first so many numeric dimensions have no step. */
  readonly continuousCount: number;
  readonly categorical: readonly CategoricalDimension[];
  readonly width: number;
  /** Row by row: transformed number, or index of the choice. */
  values = new Float64Array(0);
  /** 1 where the row holds a trial. */
  present = new Uint8Array(0);
  /** Rows in use are below this. */
  rowCount = PRIOR_ROW + 1;

  private readonly orders: RowOrder[];
  private pending: number[] = [];

  constructor(space: SearchSpace) {
    const numeric: NumericDimension[] = [];
    const categorical: CategoricalDimension[] = [];
    for (const [name, distribution] of space) {
      if (distribution.type === "categorical") categorical.push({ name, distribution });
      else numeric.push({ name, distribution, ...transformedBounds(distribution) });
    }
    const continuous = numeric.filter(({ distribution }) => distribution.step === null);
    this.numeric = [...continuous, ...numeric.filter(({ distribution }) => distribution.step !== null)];
    this.continuousCount = continuous.length;
    this.categorical = categorical;
    this.width = numeric.length + categorical.length;
    this.orders = this.numeric.map((_, column) => new RowOrder((row) => this.values[row * this.width + column]!));
    this.grow(256);
    this.writePrior();
  }

  /**
   * Writes the row of a trial that has all parameters of the space; any other trial is left out.
   * @param internal a parameter's stored representation, `undefined` where the trial does not have it.
   */
  set(row: number, internal: (name: string) => number | undefined): void {
    if (row * this.width + this.width > this.values.length) this.grow(row + 1);
    const base = row * this.width;
    let column = 0;
    for (const { name, distribution } of this.numeric) {
      const value = internal(name);
      if (value === undefined) return;
      this.values[base + column++] = toTransformed(distribution, value);
    }
    for (const { name } of this.categorical) {
      const choice = internal(name);
      if (choice === undefined) return;
      this.values[base + column++] = choice;
    }
    this.present[row] = 1;
    this.rowCount = Math.max(this.rowCount, row + 1);
    this.pending.push(row);
  }

  /** Takes out a row that `set` wrote, if it did. */
  remove(row: number): void {
    if (this.present[row] !== 1) return;
    this.present[row] = 0;
    for (const order of this.orders) order.remove(row);
  }

  /** Puts rows written since the last call in order. */
  commit(): void {
    for (const order of this.orders) order.add(this.pending);
    this.pending = [];
  }

  /** Rows in ascending order of a numeric column, equal values by row. */
  ascending(column: number): Int32Array {
    return this.orders[column]!.rows;
  }

  /** Where a row stands in that order, or would. */
  position(column: number, row: number): number {
    return this.orders[column]!.position(row);
  }

  private writePrior(): void {
    this.numeric.forEach(({ low, high }, column) => (this.values[column] = 0.5 * (low + high)));
    this.values.fill(-1, this.numeric.length, this.width);
  }

  private grow(rows: number): void {
    const capacity = Math.max(rows, 2 * this.present.length);
    const values = new Float64Array(capacity * this.width);
    values.set(this.values);
    this.values = values;
    const present = new Uint8Array(capacity);
    present.set(this.present);
    this.present = present;
  }
}

/** Row numbers kept in ascending order of a value. */
class RowOrder {
  private storage = new Int32Array(256);
  private count = 0;

  constructor(private readonly valueOf: (row: number) => number) {}

  get rows(): Int32Array {
    return this.storage.subarray(0, this.count);
  }

  add(rows: readonly number[]): void {
    if (this.count + rows.length > this.storage.length) this.grow(this.count + rows.length);
    if (rows.length <= FEW_ROWS) {
      for (const row of rows) this.insert(row);
      return;
    }
    this.storage.set(rows, this.count);
    this.count += rows.length;
    this.rows.sort((a, b) => this.valueOf(a) - this.valueOf(b) || a - b);
  }

  remove(row: number): void {
    const at = this.position(row);
    this.storage.copyWithin(at, at + 1, this.count);
    this.count--;
  }

  private insert(row: number): void {
    const at = this.position(row);
    this.storage.copyWithin(at + 1, at, this.count);
    this.storage[at] = row;
    this.count++;
  }

  /** Where `row` is, or belongs. */
  position(row: number): number {
    const value = this.valueOf(row);
    let [from, to] = [0, this.count];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const other = this.storage[middle]!;
      const otherValue = this.valueOf(other);
      if (otherValue < value || (otherValue === value && other < row)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private grow(atLeast: number): void {
    const storage = new Int32Array(Math.max(atLeast, 2 * this.storage.length));
    storage.set(this.storage);
    this.storage = storage;
  }
}
