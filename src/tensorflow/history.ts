import { TunelensError } from "../engine/errors.js";
import { directionOf, metricNamed, type Mode } from "./callbacks/monitor.js";

/** The metrics of each epoch of a training. */
export class History {
  /** @param values one value per epoch for each metric, such as `{ loss: [0.9, 0.5], val_loss: [1, 0.7] }`. */
  constructor(readonly values: Readonly<Record<string, readonly number[]>>) {}

  /** How many epochs were trained. */
  get epochs(): number {
    return Math.max(0, ...Object.values(this.values).map(({ length }) => length));
  }

  /** A metric's value in the last epoch; NaN if no epoch was trained. @throws TunelensError code `unknown-metric`. */
  last(metric: string): number {
    return this.series(metric).at(-1) ?? NaN;
  }

  /**
   * A metric's best value; NaN if no epoch has a number.
   * @param mode Default: `auto`, by the metric's name.
   * @throws TunelensError code `unknown-metric`, and `unknown-metric-direction` if the name does not show which direction is better.
   */
  best(metric: string, mode: Mode = "auto"): number {
    const numbers = this.series(metric).filter((value) => !Number.isNaN(value));
    if (numbers.length === 0) return NaN;
    const better = directionOf(metric, mode) === "max" ? Math.max : Math.min;
    return numbers.reduce((best, value) => better(best, value));
  }

  private series(metric: string): readonly number[] {
    const series = metricNamed(this.values, metric);
    if (series !== undefined) return series;
    if (Object.keys(this.values).length === 0) return [];
    const known = Object.keys(this.values).join(", ");
    throw new TunelensError("unknown-metric", `The training has no metric "${metric}". It has: ${known}.`);
  }
}
