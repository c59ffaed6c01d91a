import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { AxisRange, CurveDensity } from "../../protocol/charts.js";

const MAX_COLUMNS = 80;
const ROWS = 40;

/** Tukey's fence for what is far out: this many interquartile ranges beyond the quartiles. */
const FENCE = 3;
/** Outliers are left outside only where they make the others this much smaller. */
const MIN_GAIN = 2.5;
/** Quantiles are of at most so many values. */
const MAX_SAMPLE = 20_000;

/** A curve as two lists, without the values that have no place on the axis. */
interface Curve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/**
 * In how many trials' curves each part of a plane of steps and values is. A curve is the straight lines between the values that a trial
 * reported. The work grows with the number of values, the result does not.
 * @param log whether rows divide the logarithms of values evenly.
 * @param full whether outliers are within.
 */
export function curveDensity(trials: readonly TrialSnapshot[], log: boolean, full: boolean): CurveDensity | null {
  const scale = log ? Math.log10 : (value: number) => value;
  const curves = trials.map((trial) => curveOf(trial, scale)).filter(({ steps }) => steps.length > 0);
  if (curves.length === 0) return null;
  const [firstStep, lastStep] = extent(curves.map(({ steps }) => steps));
  const whole = extent(curves.map(({ values }) => values));
  const robust = robustRange(curves, whole);
  const range = widened(full ? whole : robust);
  const columns = Math.min(MAX_COLUMNS, lastStep - firstStep + 1);
  const grid = new Grid(firstStep, (lastStep - firstStep + 1) / columns, columns, range);
  for (const curve of curves) grid.add(curve);
  const back = (value: number) => (log ? 10 ** value : value);
  return {
    columns,
    rows: ROWS,
    firstStep,
    stepsPerColumn: grid.width,
    range: [back(range[0]), back(range[1])],
    log,
    trials: curves.length,
    outside: curves.filter(({ values }) => values.some((value) => value < robust[0] || value > robust[1])).length,
    counts: grid.counts,
    reached: grid.reached,
  };
}

function curveOf({ intermediateValues }: TrialSnapshot, scale: (value: number) => number): Curve {
  const [steps, values]: [number[], number[]] = [[], []];
  for (const [step, reported] of intermediateValues) {
    const value = scale(reported);
    if (!Number.isFinite(value)) continue;
    steps.push(step);
    values.push(value);
  }
  return { steps, values };
}

function extent(lists: readonly (readonly number[])[]): AxisRange {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists)
    for (const value of list) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return [low, high];
}

/** Without values that are far from all others, where these would be small beside them. */
function robustRange(curves: readonly Curve[], whole: AxisRange): AxisRange {
  const sample = sampleOf(curves).sort();
  const at = (share: number) => sample[Math.round(share * (sample.length - 1))]!;
  const [q1, q3] = [at(0.25), at(0.75)];
  const near = sample.filter((value) => Math.max(q1 - value, value - q3) <= FENCE * (q3 - q1));
  const inner: AxisRange = [near[0]!, near.at(-1)!];
  const isFlattened = whole[1] - whole[0] > MIN_GAIN * (inner[1] - inner[0]);
  return isFlattened && inner[0] < inner[1] ? inner : whole;
}

/** Evenly chosen ones of all values. */
function sampleOf(curves: readonly Curve[]): Float64Array {
  const count = curves.reduce((sum, { values }) => sum + values.length, 0);
  const every = Math.ceil(count / MAX_SAMPLE);
  const sample: number[] = [];
  let next = 0;
  for (const { values } of curves) {
    for (; next < values.length; next += every) sample.push(values[next]!);
    next -= values.length;
  }
  return Float64Array.from(sample);
}

/** Something around a single value, which has no range. */
function widened([low, high]: AxisRange): AxisRange {
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

class Grid {
  /** Row by row. */
  readonly counts: number[];
  readonly reached: number[];
  /** By column, how low and how high the curve at hand comes. */
  private readonly low: Float64Array;
  private readonly high: Float64Array;

  /** @param width of a column, in steps. */
  constructor(
    private readonly firstStep: number,
    readonly width: number,
    private readonly columns: number,
    private readonly range: AxisRange,
  ) {
    this.counts = new Array<number>(columns * ROWS).fill(0);
    this.reached = new Array<number>(columns).fill(0);
    this.low = new Float64Array(columns);
    this.high = new Float64Array(columns);
  }

  add({ steps, values }: Curve): void {
    this.low.fill(Infinity);
    this.high.fill(-Infinity);
    this.pass(steps[0]!, values[0]!, steps[0]!, values[0]!);
    for (let i = 1; i < steps.length; i++) this.pass(steps[i - 1]!, values[i - 1]!, steps[i]!, values[i]!);
    for (let column = this.columnOf(steps[0]!); column <= this.columnOf(steps.at(-1)!); column++) {
      this.reached[column]!++;
      const from = Math.max(0, this.rowOf(this.low[column]!));
      const to = Math.min(ROWS - 1, this.rowOf(this.high[column]!));
      for (let row = from; row <= to; row++) this.counts[row * this.columns + column]!++;
    }
  }

  /** A straight line, in the columns from one step to another. */
  private pass(fromStep: number, from: number, toStep: number, to: number): void {
    const slope = toStep > fromStep ? (to - from) / (toStep - fromStep) : 0;
    for (let column = this.columnOf(fromStep); column <= this.columnOf(toStep); column++) {
      const start = Math.max(fromStep, this.edge(column));
      const end = Math.min(toStep, this.edge(column + 1));
      const [a, b] = [from + (start - fromStep) * slope, from + (end - fromStep) * slope];
      this.low[column] = Math.min(this.low[column]!, a, b);
      this.high[column] = Math.max(this.high[column]!, a, b);
    }
  }

  private columnOf(step: number): number {
    return Math.min(this.columns - 1, Math.floor((step - this.firstStep + 0.5) / this.width));
  }

  /** A step is in the middle of its place. */
  private edge(column: number): number {
    return this.firstStep - 0.5 + column * this.width;
  }

  private rowOf(value: number): number {
    const [low, high] = this.range;
    const row = Math.floor(((value - low) / (high - low)) * ROWS);
    return value === high ? ROWS - 1 : row;
  }
}
