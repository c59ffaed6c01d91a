import type { Trial } from "./trial.js";

/** What an objective may give back beside plain numbers: one value, or one per direction, and anything else, e.g. the model. */
export interface ObjectiveOutput {
  readonly value?: number;
  readonly values?: readonly number[];
  /** Saved by a retraining. */
  readonly model?: unknown;
  readonly [extra: string]: unknown;
}

/** One number per direction of the study; a number alone where there is one direction. */
export type ObjectiveResult = number | readonly number[] | ObjectiveOutput;

/**
 * The function a study optimises. It may throw `TrialPruned` to end its trial early; what else it throws fails the trial.
 * A result that is not one number per direction (NaN, nothing, too few) fails the trial too.
 */
export type Objective<Params = unknown> = (trial: Trial<Params>) => ObjectiveResult | Promise<ObjectiveResult>;

export type CheckedValues = { readonly values: readonly number[] } | { readonly problem: string };

/** The values in an objective's result, or what is wrong with it. ±Infinity is a value, NaN is none. */
export function readValues(result: unknown, directions: number): CheckedValues {
  const values = Array.isArray(result) ? result : [isOutput(result) ? (result.values ?? result.value) : result].flat();
  for (const value of values as unknown[]) {
    if (typeof value !== "number") return { problem: `The objective gave ${show(value)} where a number is needed.` };
    if (Number.isNaN(value)) return { problem: "The objective gave NaN." };
  }
  if (values.length !== directions)
    return { problem: `The objective gave ${values.length} values for a study with ${directions} directions.` };
  return { values };
}

function isOutput(result: unknown): result is ObjectiveOutput {
  return typeof result === "object" && result !== null && ("value" in result || "values" in result);
}

function show(value: unknown): string {
  if (value === undefined) return "nothing (undefined)";
  if (value === null) return "null";
  return typeof value === "string" ? JSON.stringify(value) : `a value of type ${typeof value}`;
}
