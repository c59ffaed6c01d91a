import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../../engine/errors.js";
import type { Examples, FitData } from "../fit-data.js";
import { type LabelSummary, summarize } from "./label-summary.js";
import type { MistakeReport } from "./mistake-report.js";
import { type ModelOutput, outputsOf } from "./model-outputs.js";

/**
 * Checks whether labels are what a model's crossentropy takes.
 * @throws TunelensError code `wrong-labels` for a shape, or a class, that the loss cannot take.
 */
export async function checkLabels(
  model: tf.LayersModel,
  { train, validation }: FitData,
  { validationSplit }: { readonly validationSplit?: number },
  report: MistakeReport,
): Promise<void> {
  if (train instanceof tf.data.Dataset) return;
  for (const [i, output] of outputsOf(model).entries()) {
    const labels = labelsOf(train.y, output.name, i);
    if (!labels || !output.loss?.endsWith("crossentropy")) continue;
    checkShape(output, labels);
    const all = await summarize(labels, validationSplit === undefined ? undefined : [0, 1 - validationSplit]);
    if (!all) continue;
    checkValues(output, all, report);
    checkClasses(all, await summarizeValidation(), report);

    async function summarizeValidation(): Promise<LabelSummary | undefined> {
      if (validationSplit !== undefined) return summarize(labels!, [1 - validationSplit, 1]);
      if (!validation || validation instanceof tf.data.Dataset) return undefined;
      const held = labelsOf(validation.y, output.name, i);
      return held && summarize(held);
    }
  }
}

/**
 * The same for the labels of a batch, of which it is not to be said which classes they have.
 * @throws TunelensError code `wrong-labels`.
 */
export async function checkLabelsOfBatch(model: tf.LayersModel, ys: Labels, report: MistakeReport): Promise<void> {
  for (const [i, output] of outputsOf(model).entries()) {
    const labels = labelsOf(ys, output.name, i);
    if (!(labels instanceof tf.Tensor) || !output.loss?.endsWith("crossentropy")) continue;
    checkShape(output, labels);
    const summary = await summarize(labels);
    if (summary) checkValues(output, summary, report);
  }
}

/**
 * Checks what can be seen without reading them.
 * @throws TunelensError code `wrong-labels`.
 */
export function checkLabelShapes(model: tf.LayersModel, ys: Labels): void {
  for (const [i, output] of outputsOf(model).entries()) {
    const labels = labelsOf(ys, output.name, i);
    if (labels instanceof tf.Tensor && output.loss?.endsWith("crossentropy")) checkShape(output, labels);
  }
}

type Labels = Examples["y"];

function labelsOf(y: Labels, name: string, i: number) {
  if (y instanceof tf.Tensor) return i === 0 ? y : undefined;
  return Array.isArray(y) ? y[i] : y[name];
}

function checkShape({ loss, shape }: ModelOutput, labels: tf.Tensor): void {
  const units = shape.at(-1);
  if (typeof units !== "number") return;
  const columns = labels.rank < shape.length ? 1 : labels.shape.at(-1)!;
  const advice = shapeAdvice(loss!, units, columns);
  if (advice)
    throw new TunelensError(
      "wrong-labels",
      `The labels have the shape [${labels.shape.join(", ")}], and the model has ${units === 1 ? "1 output" : `${units} outputs`}: ${advice}`,
    );
}

/** @param columns of the labels; 1: class indices. */
function shapeAdvice(loss: string, units: number, columns: number): string | undefined {
  switch (loss) {
    case "categoricalcrossentropy":
      if (units === 1)
        return 'categoricalCrossentropy needs an output per class. For two classes, use activation: "sigmoid" and the loss binaryCrossentropy.';
      if (columns === 1)
        return `categoricalCrossentropy needs one-hot labels. Write tf.oneHot(labels, ${units}), or use the loss sparseCategoricalCrossentropy.`;
      return columns === units ? undefined : `give the last layer units: ${columns}.`;
    case "sparsecategoricalcrossentropy":
      if (columns === 1) return undefined;
      return "sparseCategoricalCrossentropy needs class indices. Write labels.argMax(-1), or use the loss categoricalCrossentropy.";
    case "binarycrossentropy":
      if (columns === units) return undefined;
      return columns === 1
        ? 'for two classes, give the last layer units: 1 and activation: "sigmoid".'
        : `give the last layer units: ${columns}.`;
    default:
      return undefined;
  }
}

function checkValues({ loss, shape }: ModelOutput, labels: LabelSummary, report: MistakeReport): void {
  const range = `from ${labels.min} to ${labels.max}`;
  if (loss === "sparsecategoricalcrossentropy") checkIndices(shape.at(-1)!, labels);
  else if (labels.min < 0 || labels.max > 1)
    report.warn("labels", `the labels go ${range}, but ${words(loss!)} needs labels from 0 to 1.`);
  else if (loss === "categoricalcrossentropy" && labels.isOneHot === false)
    report.warn(
      "labels",
      "the rows of the labels do not sum to 1, as categoricalCrossentropy needs. For examples with several classes, use the loss binaryCrossentropy.",
    );
}

function checkIndices(units: number, { min, max, areIntegers }: LabelSummary): void {
  if (min >= 0 && max < units && areIntegers) return;
  const first = min === 1 && max === units ? " Subtract 1." : "";
  throw new TunelensError(
    "wrong-labels",
    `The labels go from ${min} to ${max}, but with ${units} units, sparseCategoricalCrossentropy needs integers from 0 to ${units - 1}.${first}`,
  );
}

function words(loss: string): string {
  return loss === "binarycrossentropy" ? "binaryCrossentropy" : "categoricalCrossentropy";
}

/** So few examples may have one class by chance. */
const FEW = 10;

function checkClasses(train: LabelSummary, validation: LabelSummary | undefined, report: MistakeReport): void {
  if (!train.classes || train.count < FEW) return;
  if (train.classes.size === 1) {
    const [only] = train.classes;
    report.warn(
      "classes",
      `all ${train.count} training labels are of class ${only}, so there is nothing to learn. Shuffle the examples before you split them.`,
    );
    return;
  }
  const unseen = [...(validation?.classes ?? [])].filter((label) => !train.classes!.has(label));
  if (!validation || validation.count < FEW || unseen.length * 2 < validation.classes!.size) return;
  report.warn(
    "classes",
    `the validation data has classes that the training data lacks (${unseen.slice(0, 10).join(", ")}). Shuffle the examples before you split them.`,
  );
}
