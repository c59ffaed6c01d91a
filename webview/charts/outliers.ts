/** One trial's extent on an axis: a point, or the lowest and highest of its curve. */
export interface Extent {
  readonly trial: number;
  readonly low: number;
  readonly high: number;
}

export interface RobustLimits {
  readonly min: number;
  readonly max: number;
  /** The trials that are not within. */
  readonly outside: ReadonlySet<number>;
}

/** With fewer trials, none is an outlier. */
const MIN_TRIALS = 8;

/** Tukey's fence for what is far out: this many interquartile ranges beyond the quartiles. */
const FENCE = 3;

/** Outliers are left outside only where they make the others this much smaller. */
const MIN_GAIN = 2.5;

const MARGIN = 0.05;

/**
 * Limits of an axis that a few far values do not flatten; null: all values fit well.
 * @param log whether the axis is logarithmic.
 * @param best a trial that is always within.
 */
export function robustLimits(extents: readonly Extent[], log: boolean, best: number | null): RobustLimits | null {
  const scale = log ? Math.log10 : (value: number) => value;
  const drawn = extents.filter(({ low, high }) => Number.isFinite(scale(low)) && Number.isFinite(scale(high)));
  if (drawn.length < MIN_TRIALS) return null;
  const lows = drawn.map(({ low }) => scale(low)).sort((a, b) => a - b);
  const highs = drawn.map(({ high }) => scale(high)).sort((a, b) => a - b);
  const [floor, ceiling] = [fence(lows)[0], fence(highs)[1]];
  const isInside = ({ trial, low, high }: Extent) => trial === best || (scale(low) >= floor && scale(high) <= ceiling);
  const inside = drawn.filter(isInside);
  const min = inside.reduce((least, { low }) => Math.min(least, scale(low)), Infinity);
  const max = inside.reduce((most, { high }) => Math.max(most, scale(high)), -Infinity);
  const range = max - min;
  if (inside.length === drawn.length || range <= 0) return null;
  if (highs.at(-1)! - lows[0]! < MIN_GAIN * range) return null;
  const outside = new Set(drawn.filter((extent) => !isInside(extent)).map(({ trial }) => trial));
  const back = log ? (value: number) => 10 ** value : (value: number) => value;
  return { min: back(min - MARGIN * range), max: back(max + MARGIN * range), outside };
}

/** @param sorted ascending. */
function fence(sorted: readonly number[]): readonly [low: number, high: number] {
  const [q1, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  // Where most values are equal, the middle nine tenths say how far they spread.
  const spread = q3 - q1 || quantile(sorted, 0.95) - quantile(sorted, 0.05);
  return [q1 - FENCE * spread, q3 + FENCE * spread];
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}
