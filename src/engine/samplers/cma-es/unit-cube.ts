import { own } from "../../trial/trial-snapshot.js";
import { countValues, describe, internalAt, type SearchSpace } from "../../distribution.js";
import { InvalidArgumentError } from "../../errors.js";
import { clip } from "../../math/clip.js";
import { fromTransformed, toTransformed, transformedBounds, type NumericDistribution } from "../../sampled-interval.js";

interface Edge {
  readonly name: string;
  readonly distribution: NumericDistribution;
  /** What 0 and 1 stand for, in logarithms where the distribution is logarithmic. */
  readonly low: number;
  readonly high: number;
  /** How many values are spread from 0 to 1, both included; Infinity where a point stands for the nearest value instead. */
  readonly count: number;
}

/** A space of numeric parameters as [0, 1]^n, a dimension per parameter. */
export class UnitCube {
  private readonly edges: readonly Edge[];

  /**
   * @param space without categorical parameters.
   * @param onGrid whether the values of a parameter with a step lie on [0, 1] from end to end, rather than in the middle of equal parts
   * of it. Of a logarithmic parameter only the ends do: its values are not spread evenly.
   */
  constructor(space: SearchSpace, onGrid: boolean) {
    this.edges = [...space].flatMap(([name, distribution]) => {
      if (distribution.type === "categorical") return [];
      const count = onGrid && !distribution.log ? countValues(distribution) : Infinity;
      return [{ name, distribution, ...(onGrid ? bareBounds(distribution) : transformedBounds(distribution)), count }];
    });
  }

  get dimensions(): number {
    return this.edges.length;
  }

  /** Of each dimension how many values it has; Infinity for one that is continuous, or not on the grid. */
  get counts(): readonly number[] {
    return this.edges.map(({ count }) => count);
  }

  get names(): readonly string[] {
    return this.edges.map(({ name }) => name);
  }

  /**
   * Where parameters lie; clipped to the cube where they lie outside.
   * @param params stored numbers by name.
   * @returns `undefined` where a parameter is missing, or has no logarithm and should.
   */
  point(params: Readonly<Record<string, number>>): Float64Array | undefined {
    const point = new Float64Array(this.edges.length);
    for (const [i, edge] of this.edges.entries()) {
      point[i] = clip(position(edge, own(params, edge.name) ?? NaN), 0, 1);
      if (Number.isNaN(point[i])) return undefined;
    }
    return point;
  }

  /**
   * Where to begin.
   * @param params in the parameters' own terms; the middle is taken for one that is missing.
   * @throws InvalidArgumentError for a value outside its parameter's range.
   */
  startingPoint(params: Readonly<Record<string, number>>): Float64Array {
    return Float64Array.from(this.edges, (edge) => {
      const value = own(params, edge.name);
      if (value === undefined) return 0.5;
      const { low, high } = edge.distribution;
      if (!(low <= value && value <= high))
        throw new InvalidArgumentError(
          `cmaEs: x0 has ${value} for "${edge.name}", which is outside ${describe(edge.distribution)}.`,
        );
      return position(edge, value);
    });
  }

  /** The stored numbers that a point of the cube stands for. */
  params(point: Float64Array): Map<string, number> {
    return new Map(
      this.edges.map(({ name, distribution, low, high, count }, i) => {
        const u = point[i]!;
        if (count !== Infinity) return [name, internalAt(distribution, Math.round(u * (count - 1)))];
        return [name, fromTransformed(distribution, low * (1 - u) + high * u)];
      }),
    );
  }
}

/** Without the half step on both sides that gives the values at the ends as much room as the others. */
function bareBounds(distribution: NumericDistribution): { low: number; high: number } {
  return {
    low: toTransformed(distribution, distribution.low),
    high: toTransformed(distribution, distribution.high),
  };
}

function position({ distribution, low, high }: Edge, value: number): number {
  return (toTransformed(distribution, value) - low) / (high - low);
}
