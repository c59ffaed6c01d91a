import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../../engine/errors.js";
import { valueInWords } from "../../engine/value-in-words.js";
import type { Batch } from "../fit-data.js";
import { checkLabelsOfBatch } from "./check-labels.js";
import type { MistakeReport } from "./mistake-report.js";

/**
 * Checks the first batch of a data set before it is trained on.
 * @throws InvalidArgumentError for anything but batches of inputs and targets, and what `checkLabelsOfBatch` throws.
 */
export async function checkBatch(model: tf.LayersModel, batch: unknown, report: MistakeReport): Promise<void> {
  if (typeof batch !== "object" || batch === null || !("xs" in batch && "ys" in batch)) {
    const { what } = valueInWords(batch);
    throw new InvalidArgumentError(
      `fit: the data set has ${what} instead of batches of { xs, ys }. Write .map(…) that gives { xs, ys }, then .batch(32).`,
    );
  }
  const { xs, ys } = batch as Batch;
  const [input] = xs instanceof tf.Tensor ? [xs] : Object.values(xs);
  const expected = model.inputs[0]!.shape;
  // Numbers, and arrays of them, become tensors only in a batch.
  if (!(input instanceof tf.Tensor) || input.rank === expected.length - 1)
    throw new InvalidArgumentError("fit: the data set has single examples instead of batches. Add .batch(32) to it.");
  await checkLabelsOfBatch(model, ys, report);
}
