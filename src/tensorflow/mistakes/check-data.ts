import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../../engine/errors.js";
import { valueInWords } from "../../engine/value-in-words.js";
import type { FitData } from "../fit-data.js";
import type { MistakeReport } from "./mistake-report.js";

/**
 * Checks the arguments of `fit` before it trains.
 * @throws InvalidArgumentError for data that is none, such as a promise or an array of numbers.
 */
export function checkFitArguments(
  model: unknown,
  data: unknown,
  { batchSize }: { readonly batchSize?: number },
  report: MistakeReport,
): void {
  if (!hasFields(report.trial, "signal", "report"))
    throw new InvalidArgumentError(
      "fit: the first argument is not the objective's trial. Write fit(trial, model, data).",
    );
  if (!(model instanceof tf.LayersModel)) refuse("the model", model, modelAdvice(model));
  if (!hasFields(data, "train")) {
    const advice = hasFields(data, "x") ? "Write { train: { x, y } }." : "";
    refuse("the data", data, advice || "Pass { train: { x, y }, validation: { x, y } }.");
  }
  const { train, validation } = data as FitData;
  checkExamples("train", train);
  if (validation !== undefined) checkExamples("validation", validation);
  checkBatchSize(batchSize, countOf(train), report);
}

/** @param count of the training examples; undefined: nobody knows. */
export function checkBatchSize(batchSize: number | undefined, count: number | undefined, report: MistakeReport): void {
  if (count === undefined || batchSize === undefined || batchSize <= count) return;
  report.warn(
    "batch",
    `batchSize is ${batchSize}, but there are only ${count} training examples, so each epoch is a single step. Use a smaller batchSize.`,
  );
}

function checkExamples(name: string, examples: unknown): void {
  if (examples instanceof tf.data.Dataset) return;
  if (!hasFields(examples, "x", "y")) refuse(name, examples, "Pass { x, y } with tensors, or a data set of tf.data.");
  for (const field of ["x", "y"] as const) {
    const value: unknown = Reflect.get(examples, field);
    if (!isTensors(value)) refuse(`${name}.${field}`, value, "Make a tensor of it, for example with tf.tensor2d(…).");
  }
}

function isTensors(value: unknown): boolean {
  if (value instanceof tf.Tensor) return true;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  const parts: unknown[] = Object.values(value);
  return parts.length > 0 && parts.every((part) => part instanceof tf.Tensor);
}

/** How many examples there are; undefined if only a data set knows. */
function countOf(examples: FitData["train"]): number | undefined {
  if (examples instanceof tf.data.Dataset) return undefined;
  const { x } = examples;
  return (x instanceof tf.Tensor ? x : Object.values(x)[0])?.shape[0];
}

function hasFields(value: unknown, ...names: readonly string[]): value is object {
  return typeof value === "object" && value !== null && names.every((name) => name in value);
}

function modelAdvice(model: unknown): string {
  return hasFields(model, "provenance") ? "Pass the field model of what loadModel returned." : "Pass a layers model.";
}

function refuse(what: string, value: unknown, advice: string): never {
  const { what: found } = valueInWords(value);
  const isPromise = hasFields(value, "then");
  throw new InvalidArgumentError(`fit: ${what} is ${found}. ${isPromise ? "Write `await` before it." : advice}`);
}
