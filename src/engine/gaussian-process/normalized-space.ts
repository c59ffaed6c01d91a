import { countValues, internalAt } from "../distribution.js";
import type { CategoricalDistribution, Distribution, SearchSpace } from "../distribution.js";
import { clip } from "../math/clip.js";
import {
  fromTransformed,
  isSearchedInLog,
  toTransformed,
  transformedBounds,
  type NumericDistribution,
} from "../sampled-interval.js";
import type { Rng } from "../math/rng.js";
import { roundHalfEven } from "../math/rounding.js";
import type { Points } from "./kernel.js";
import { SOBOL_DIMENSIONS, SobolSequence } from "../math/sobol.js";

interface Dimension {
  readonly name: string;
  readonly distribution: NumericDistribution | CategoricalDistribution;
  /** How many values there are; Infinity for a continuous one. */
  readonly count: number;
  /** The sampled interval, in logarithms where the distribution is logarithmic; of choices, their indices. */
  readonly low: number;
  readonly high: number;
}

/**
 * A search space as the unit cube: numbers by their place in the sampled interval, in (0, 1), choices by their index. Columns:
 * continuous parameters, then those with steps, then choices.
 */
export class NormalizedSpace {
  readonly dimensions: readonly Dimension[];
  /** The first so many columns are continuous. */
  readonly continuousCount: number;
  /** The first so many columns are numbers, the others choices. */
  readonly numericCount: number;

  constructor(space: SearchSpace) {
    const all = [...space].map(([name, distribution]): Dimension => {
      const count = countValues(distribution);
      if (distribution.type === "categorical") return { name, distribution, count, low: 0, high: count };
      return { name, distribution, count, ...transformedBounds(distribution) };
    });
    const numeric = all.filter(({ distribution }) => distribution.type !== "categorical");
    const continuous = numeric.filter(({ count }) => count === Infinity);
    this.dimensions = [
      ...continuous,
      ...numeric.filter(({ count }) => count < Infinity),
      ...all.filter(({ distribution }) => distribution.type === "categorical"),
    ];
    this.continuousCount = continuous.length;
    this.numericCount = numeric.length;
  }

  get width(): number {
    return this.dimensions.length;
  }

  /** @returns `undefined` where a parameter is missing. */
  normalize(internal: (name: string, distribution: Distribution) => number | undefined): Float64Array | undefined {
    const point = new Float64Array(this.width);
    for (const [column, { name, distribution, low, high }] of this.dimensions.entries()) {
      const value = internal(name, distribution);
      if (value === undefined) return undefined;
      if (distribution.type === "categorical") point[column] = value;
      else point[column] = (toTransformed(distribution, value) - low) / (high - low);
    }
    return point;
  }

  /** Points below one another. */
  inRows(points: readonly Float64Array[]): Points {
    const { width, numericCount } = this;
    const values = new Float64Array(points.length * width);
    points.forEach((point, i) => values.set(point, i * width));
    return { values, count: points.length, width, numericCount };
  }

  /** The stored numbers at a point, by name. */
  denormalize(point: Float64Array): Map<string, number> {
    return new Map(
      this.dimensions.map((dimension, column) => {
        const { name, distribution, count, low, high } = dimension;
        if (count < Infinity || distribution.type === "categorical")
          return [name, internalAt(distribution, this.indexAt(column, point[column]!))];
        return [name, fromTransformed(distribution, low + point[column]! * (high - low))];
      }),
    );
  }

  /** The index of the value nearest to a coordinate of a column that is not continuous. */
  indexAt(column: number, coordinate: number): number {
    const { distribution, count, low, high } = this.dimensions[column]!;
    if (distribution.type === "categorical") return clip(Math.floor(coordinate), 0, count - 1);
    if (!isSearchedInLog(distribution)) return clip(Math.floor(coordinate * count), 0, count - 1);
    return clip(roundHalfEven(Math.exp(low + coordinate * (high - low))) - distribution.low, 0, count - 1);
  }

  /** The coordinate of a value of a column that is not continuous. */
  coordinateOf(column: number, index: number): number {
    const { distribution, count, low, high } = this.dimensions[column]!;
    if (distribution.type === "categorical") return index;
    if (!isSearchedInLog(distribution)) return (index + 0.5) / count;
    return (Math.log(distribution.low + index) - low) / (high - low);
  }

  /** Moves a point of [0, 1)^width to the nearest values there are; of choices, each takes an equal share. */
  snap(unit: readonly number[]): Float64Array {
    return Float64Array.from(this.dimensions, ({ distribution, count }, column) => {
      if (count === Infinity) return unit[column]!;
      const coordinate = distribution.type === "categorical" ? unit[column]! * count : unit[column]!;
      return this.coordinateOf(column, this.indexAt(column, coordinate));
    });
  }

  /** Points evenly over the space: a scrambled Sobol sequence, beyond its dimensions random. */
  spread(count: number, rng: Rng): Float64Array[] {
    const sequence = new SobolSequence(Math.min(this.width, SOBOL_DIMENSIONS), rng);
    return Array.from({ length: count }, (_, i) => {
      const unit = sequence.point(i);
      while (unit.length < this.width) unit.push(rng.next());
      return this.snap(unit);
    });
  }

  /** A point moved to the nearest one there is, as where a trial was enqueued with values outside their range. */
  nearest(point: Float64Array): Float64Array {
    return point.map((x, column) =>
      column < this.continuousCount ? clip(x, 0, 1) : this.coordinateOf(column, this.indexAt(column, x)),
    );
  }
}
