import type * as tf from "@tensorflow/tfjs";

/** Inputs and targets; the first axis counts the examples. For several inputs or outputs, an array or an object by name. */
export interface Examples {
  /** Inputs. */
  readonly x: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
  /** Targets. */
  readonly y: tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
}

/** Batches of `{ xs, ys }`, already batched. */
export type Batches = tf.data.Dataset<tf.TensorContainer>;

/** What to train on, and what to compute the `val_` metrics on: tensors or a data set each. */
export interface FitData {
  readonly train: Examples | Batches;
  readonly validation?: Examples | Batches | undefined;
}
