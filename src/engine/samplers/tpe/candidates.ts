import { toTransformed } from "../../sampled-interval.js";
import type { ObservationTable } from "./observations.js";

/** Points of a search space, to be scored against the trials of an `ObservationTable`, whose columns they share. */
export class Candidates {
  readonly count: number;
  /**
   * Per point and numeric column, in the transformed space: the interval whose mass is the point's probability.
   * Where there is no step both ends are the point itself.
   */
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** 1 where a point lies outside the range of a dimension without steps. */
  readonly outside: Uint8Array;

  /** @param internal point by point, in the stored representation. */
  constructor(
    private readonly table: ObservationTable,
    readonly internal: Float64Array,
  ) {
    const { numeric, width } = table;
    this.count = internal.length / width;
    this.left = new Float64Array(this.count * numeric.length);
    this.right = new Float64Array(this.count * numeric.length);
    this.outside = new Uint8Array(this.count);
    for (let point = 0; point < this.count; point++) {
      for (let column = 0; column < numeric.length; column++) this.place(point, column);
    }
  }

  /** The stored representation of a point, by parameter name. */
  point(index: number): Map<string, number> {
    const { numeric, categorical, width } = this.table;
    const names = [...numeric, ...categorical].map(({ name }) => name);
    return new Map(names.map((name, column) => [name, this.internal[index * width + column]!]));
  }

  private place(point: number, column: number): void {
    const { distribution, low, high } = this.table.numeric[column]!;
    const half = (distribution.step ?? 0) / 2;
    const x = this.internal[point * this.table.width + column]!;
    const at = point * this.table.numeric.length + column;
    this.left[at] = toTransformed(distribution, x, -half);
    this.right[at] = toTransformed(distribution, x, half);
    if (distribution.step === null && (this.left[at] < low || this.left[at] > high)) this.outside[point] = 1;
  }
}
