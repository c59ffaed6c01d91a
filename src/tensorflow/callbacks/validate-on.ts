import * as tf from "@tensorflow/tfjs";
import { withoutWeights } from "../data-set-batches.js";
import type { Batches } from "../fit-data.js";

/** Computes the `val_` metrics on a data set: `model.fit`, which trains on tensors, takes nothing else to validate on. */
export function validateOn(
  validation: Batches,
  { validationBatches }: { readonly validationBatches?: number },
): tf.Callback {
  return new DatasetValidation(validation, validationBatches === undefined ? {} : { batches: validationBatches });
}

type Dataset = Parameters<tf.LayersModel["evaluateDataset"]>[0];

class DatasetValidation extends tf.Callback {
  constructor(
    private readonly validation: Batches,
    private readonly args: { readonly batches?: number },
  ) {
    super();
  }

  override async onEpochEnd(_epoch: number, logs: Record<string, number | tf.Scalar> = {}): Promise<void> {
    const model: tf.LayersModel = this.model;
    const result = await model.evaluateDataset(withoutWeights(this.validation) as Dataset, this.args);
    const scalars = Array.isArray(result) ? result : [result];
    for (const [i, name] of model.metricsNames.entries()) logs[`val_${name}`] = tf.keep(scalars[i]!);
  }
}
