import type * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../../engine/errors.js";
import type { MistakeReport } from "./mistake-report.js";
import { activationOf, type ModelOutput, outputsOf } from "./model-outputs.js";

/**
 * Checks a model that is about to be trained.
 * @throws TunelensError code `not-compiled`, and `invalid-learning-rate` for a rate that is not a number.
 */
export function checkModel(model: tf.LayersModel, report: MistakeReport): void {
  if (!model.optimizer)
    throw new TunelensError(
      "not-compiled",
      "The model is not compiled. Call model.compile({ optimizer, loss, metrics }) before you train it.",
    );
  checkLearningRate(model.optimizer);
  for (const output of outputsOf(model)) {
    const mistake = outputMistake(output);
    if (mistake) report.warn("output", mistake);
  }
}

/** TensorFlow.js multiplies with a string as with a number on some backends, and makes NaN of it on others. */
function checkLearningRate(optimizer: tf.Optimizer): void {
  const rate: unknown = Reflect.get(optimizer, "learningRate");
  if (rate === undefined || (typeof rate === "number" && rate >= 0)) return;
  const shown =
    typeof rate === "number"
      ? String(rate)
      : typeof rate === "string"
        ? `the string "${rate}"`
        : `a value of type ${typeof rate}`;
  throw new TunelensError(
    "invalid-learning-rate",
    `The learning rate of the optimizer ${optimizer.getClassName()} is ${shown}. Pass a number of at least 0.`,
  );
}

/** Why an output cannot learn with its loss. */
function outputMistake({ layer, loss, shape }: ModelOutput): string | undefined {
  const activation = activationOf(layer);
  if (activation === "softmax" && shape.at(-1) === 1)
    return `the layer ${layer.name} has one unit with softmax, which is always 1. Use activation: "sigmoid" with the loss binaryCrossentropy.`;
  if (activation !== "linear" || !loss) return undefined;
  if (loss === "categoricalcrossentropy" || loss === "sparsecategoricalcrossentropy")
    return `the layer ${layer.name} has no activation, but its loss needs probabilities. Use activation: "softmax".`;
  if (loss === "binarycrossentropy")
    return `the layer ${layer.name} has no activation, but its loss needs probabilities. Use activation: "sigmoid".`;
  return undefined;
}
