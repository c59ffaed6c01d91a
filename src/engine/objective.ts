import type { Direction } from "./storage.js";
import type { Trial } from "./trial/trial.js";

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

interface OutputOf<Value, Values> {
  readonly value?: Value;
  readonly values?: Values;
  readonly model?: unknown;
  readonly [extra: string]: unknown;
}

type ValuesFor<D extends readonly Direction[]> = { readonly [Index in keyof D]: number };

/**
 * What the objective of a study with these directions gives: one number per direction, alone or with more. Where the number of directions
 * is known only when the study runs, any `ObjectiveResult`.
 */
export type ResultFor<D extends readonly Direction[]> = number extends D["length"]
  ? ObjectiveResult
  : D["length"] extends 1
    ? number | ValuesFor<D> | (OutputOf<number, undefined> & { readonly value: number }) | OutputWithValues<D>
    : ValuesFor<D> | OutputWithValues<D>;

type OutputWithValues<D extends readonly Direction[]> = OutputOf<undefined, ValuesFor<D>> & {
  readonly values: ValuesFor<D>;
};

/**
 * The function a study optimizes. It may throw `TrialPruned` to end its trial early; what else it throws fails the trial.
 * A result that is not one number per direction (NaN, nothing, too few) fails the trial too.
 */
export type Objective<Params = unknown, Result extends ObjectiveResult = ObjectiveResult> = (
  trial: Trial<Params>,
) => Result | Promise<Result>;

/** How an objective ended. */
export type TrialOutcome =
  | { readonly type: "result"; readonly result: ObjectiveResult }
  | { readonly type: "pruned" }
  | { readonly type: "stopped" }
  | { readonly type: "error"; readonly error: unknown; readonly reason: string };

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
