import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { toInternal, type Distribution, type ParamValue, type SearchSpace } from "../../../src/engine/distribution.js";
import { NormalizedSpace } from "../../../src/engine/gaussian-process/normalized-space.js";

export const EPOCHS = 27;

/** A table as it is kept. */
export interface TableFile {
  readonly distributions: Readonly<Record<string, Distribution>>;
  /** By configuration, the stored number of each parameter. */
  readonly points: readonly (readonly number[])[];
  /** By configuration, the loss after each epoch; `null` where it was not finite. */
  readonly losses: readonly (readonly (number | null)[])[];
}

/** So many configurations have a part in the curve of one between them. */
const NEIGHBORS = 8;

/**
 * The learning curves of a search space. Between the configurations that were trained, the logarithm of the loss is the mean of those of the
 * 8 nearest ones with the same choices, by the weights of Franke and Little (1980): (1/d − 1/r)², where d is a neighbor's distance in the unit cube,
 * and r that of the ninth. They change continuously, also where one neighbor takes the place of another. A loss is NaN where it is for half of the weight.
 */
export class Table {
  readonly space: SearchSpace;
  /** The least loss of all configurations and epochs. */
  readonly best: number;
  private readonly normalized: NormalizedSpace;
  private readonly points: readonly Float64Array[];
  private readonly curves: readonly Float64Array[];

  constructor({ distributions, points, losses }: TableFile) {
    const names = Object.keys(distributions);
    this.space = new Map(Object.entries(distributions));
    this.normalized = new NormalizedSpace(this.space);
    this.points = points.map((point) => this.normalized.normalize((name) => point[names.indexOf(name)])!);
    this.curves = losses.map((curve) => Float64Array.from(curve, (loss) => Math.log(loss ?? NaN)));
    this.best = losses.flat().reduce<number>((least, loss) => Math.min(least, loss ?? Infinity), Infinity);
  }

  get size(): number {
    return this.points.length;
  }

  /** The losses after each epoch. */
  curve(params: Readonly<Record<string, ParamValue>>): Float64Array {
    const point = this.normalized.normalize((name, distribution) => toInternal(distribution, params[name]!))!;
    return this.interpolate(point);
  }

  /** Of each configuration: its own curve, and what the others say of it. */
  leaveOneOut(): { readonly own: Float64Array; readonly others: Float64Array }[] {
    return this.points.map((point, i) => ({ own: this.curves[i]!.map(Math.exp), others: this.interpolate(point, i) }));
  }

  private interpolate(point: Float64Array, without = -1): Float64Array {
    const { numericCount } = this.normalized;
    const near: { readonly distance: number; readonly curve: Float64Array }[] = [];
    this.points.forEach((other, i) => {
      if (i === without || point.subarray(numericCount).some((choice, k) => choice !== other[numericCount + k])) return;
      let squared = 0;
      for (let k = 0; k < numericCount; k++) squared += (point[k]! - other[k]!) ** 2;
      near.push({ distance: Math.sqrt(squared), curve: this.curves[i]! });
    });
    near.sort((a, b) => a.distance - b.distance);
    if (near[0]!.distance < 1e-6) return near[0]!.curve.map(Math.exp);
    const count = Math.min(NEIGHBORS, near.length - 1);
    const radius = near[count]!.distance;
    const weighted = near
      .slice(0, count)
      .map(({ distance, curve }) => ({ weight: (1 / distance - 1 / radius) ** 2, curve }));
    return Float64Array.from({ length: EPOCHS }, (_, epoch) => {
      let [sum, weightOfNumbers, weightOfAll] = [0, 0, 0];
      for (const { weight, curve } of weighted) {
        weightOfAll += weight;
        if (Number.isNaN(curve[epoch])) continue;
        weightOfNumbers += weight;
        sum += weight * curve[epoch]!;
      }
      return weightOfNumbers > weightOfAll / 2 ? Math.exp(sum / weightOfNumbers) : NaN;
    });
  }
}

const folder = new URL("tables/", import.meta.url);
const ENDING = ".json.gz";

/** By name. */
export function loadTables(): ReadonlyMap<string, Table> {
  const files = readdirSync(folder).filter((file) => file.endsWith(ENDING));
  return new Map(
    files.map((file) => {
      const text = gunzipSync(readFileSync(new URL(file, folder))).toString("utf8");
      return [file.slice(0, -ENDING.length), new Table(JSON.parse(text) as TableFile)];
    }),
  );
}
