import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { checkOptions } from "../engine/option-names.js";
import { throwIfDeviceFailed } from "./backends/device-failure.js";
import { withoutWeights } from "./data-set-batches.js";
import type { Batches, Examples } from "./fit-data.js";
import { loadModel, type SavedModel } from "./saved-model.js";

export interface EvaluateOptions {
  /** Default: 32. Ignored for data sets, which are already batched. */
  readonly batchSize?: number;
}

/**
 * Evaluates a model on unseen data: its loss and its compiled metrics, under the names that `fit` uses (`loss`, `acc`, …). Nothing is
 * trained, and dropout is off.
 * @param model a compiled model, the result of `loadModel`, or the folder of a saved model, which is loaded and then disposed of.
 * @param data examples as for `fit`, with the first axis counting the examples, or batches of `{ xs, ys }`.
 * @throws InvalidArgumentError for an unknown option.
 * @throws TunelensError code `model-not-found`; `not-compiled` if the model has no loss; `device-error` or `out-of-memory` if the GPU failed;
 *   `device-lost` if it was lost.
 */
export async function evaluateModel(
  model: string | SavedModel | tf.LayersModel,
  data: Examples | Batches,
  options: EvaluateOptions = {},
): Promise<Record<string, number>> {
  checkOptions("evaluateModel", options, { batchSize: true });
  if (typeof model === "string") {
    const { model: loaded } = await loadModel(model);
    try {
      return await evaluateModel(loaded, data, options);
    } finally {
      loaded.dispose();
      loaded.optimizer?.dispose();
    }
  }
  const network = "provenance" in model ? model.model : model;
  if (!network.optimizer)
    throw new TunelensError(
      "not-compiled",
      "The model is not compiled and therefore has no loss. Call model.compile({ optimizer, loss, metrics }) first.",
    );
  const result =
    data instanceof tf.data.Dataset
      ? await network.evaluateDataset(withoutWeights(data) as Parameters<typeof network.evaluateDataset>[0], {})
      : network.evaluate(inOrder(data.x, network.inputNames), inOrder(data.y, network.outputNames), {
          batchSize: options.batchSize ?? 32,
        });
  const scalars = Array.isArray(result) ? result : [result];
  const values = await Promise.all(scalars.map(async (scalar) => (await scalar.data())[0]!));
  tf.dispose(scalars);
  throwIfDeviceFailed();
  return Object.fromEntries(network.metricsNames.map((name, i) => [name, values[i]!]));
}

function inOrder(tensors: Examples["x"], names: readonly string[]): tf.Tensor | tf.Tensor[] {
  return tensors instanceof tf.Tensor || Array.isArray(tensors) ? tensors : names.map((name) => tensors[name]!);
}
