import type * as tf from "@tensorflow/tfjs";
import type { SampleWeight } from "./sample-weights.js";

/** Inputs and targets; the first axis counts the examples. For several inputs or outputs, an array or an object by name. */
export interface Examples {
  /** Inputs. */
  readonly x: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
  /** Targets. */
  readonly y: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
}

/** What a data set has one of for each step. */
export interface Batch {
  readonly xs: Examples["x"];
  readonly ys: Examples["y"];
  readonly sampleWeight?: SampleWeight;
}

/** Batches of `{ xs, ys }`, already batched; with `sampleWeight`, which says how much each example counts, if they have it. */
export type Batches = tf.data.Dataset<tf.TensorContainer>;

/** What to train on, and what to compute the `val_` metrics on: tensors or a data set each. */
export interface FitData {
  readonly train: Examples | Batches;
  readonly validation?: Examples | Batches | undefined;
}
