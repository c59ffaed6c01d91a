import type * as tf from "@tensorflow/tfjs";

/** What labels are, in one pass over them. */
export interface LabelSummary {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly areIntegers: boolean;
  /** Whether each row sums to 1; undefined for a single column. */
  readonly isOneHot: boolean | undefined;
  /** The classes that occur; undefined if the labels are no classes. */
  readonly classes: ReadonlySet<number> | undefined;
}

/** More are not read: looking at them would take longer than a step of training. */
const MOST_VALUES = 20_000_000;

/** By what holds a tensor's values, so that data that all trials share is read once. */
const known = new WeakMap<object, Map<string, LabelSummary>>();

/**
 * @param share the part to look at, as shares of all examples.
 * @returns undefined for labels with more than two axes, for too many, and for none.
 */
export async function summarize(
  labels: tf.Tensor,
  share: readonly [number, number] = [0, 1],
): Promise<LabelSummary | undefined> {
  if (labels.rank > 2 || labels.rank === 0 || labels.size > MOST_VALUES || labels.dtype === "string") return undefined;
  const ofTensor = known.get(labels.dataId) ?? new Map<string, LabelSummary>();
  known.set(labels.dataId, ofTensor);
  const key = share.join();
  const before = ofTensor.get(key);
  if (before) return before;
  const columns = labels.size / labels.shape[0];
  const [from, to] = share.map((part) => Math.floor(labels.shape[0] * part) * columns) as [number, number];
  const values = (await labels.data()).subarray(from, to);
  if (values.length === 0) return undefined;
  const summary = columns === 1 ? summarizeColumn(values) : summarizeRows(values, columns);
  ofTensor.set(key, summary);
  return summary;
}

type Values = ArrayLike<number> & Iterable<number>;

function summarizeColumn(values: Values): LabelSummary {
  const { min, max, areIntegers } = rangeOf(values);
  const classes = areIntegers ? new Set(values) : undefined;
  return { count: values.length, min, max, areIntegers, isOneHot: undefined, classes };
}

function summarizeRows(values: Values, columns: number): LabelSummary {
  const classes = new Set<number>();
  let isOneHot = true;
  for (let row = 0; row < values.length; row += columns) {
    let sum = 0;
    let top = 0;
    for (let column = 0; column < columns; column++) {
      sum += values[row + column]!;
      if (values[row + column]! > values[row + top]!) top = column;
    }
    classes.add(top);
    if (Math.abs(sum - 1) > 1e-3) isOneHot = false;
  }
  const count = values.length / columns;
  return { count, ...rangeOf(values), isOneHot, classes: isOneHot ? classes : undefined };
}

function rangeOf(values: Values) {
  let min = Infinity;
  let max = -Infinity;
  let areIntegers = true;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    if (!Number.isInteger(value)) areIntegers = false;
  }
  return { min, max, areIntegers };
}
