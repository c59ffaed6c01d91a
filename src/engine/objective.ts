import type { Direction } from "./storage.js";
import type { Trial } from "./trial/trial.js";
import { valueInWords } from "./value-in-words.js";

/** An object that an objective may return instead of plain numbers: one value, or one per direction, and anything else, such as the model. */
export interface ObjectiveOutput {
  /** For one objective value. */
  readonly value?: number;
  /** One per direction. */
  readonly values?: readonly number[];
  /** Saved when the trial is retrained. */
  readonly model?: unknown;
  readonly [extra: string]: unknown;
}

/** One number per direction of the study, or a single number if there is only one direction. */
export type ObjectiveResult = number | readonly number[] | ObjectiveOutput;

interface OutputOf<Value, Values> {
  readonly value?: Value;
  readonly values?: Values;
  readonly model?: unknown;
  readonly [extra: string]: unknown;
}

type ValuesFor<D extends readonly Direction[]> = { readonly [Index in keyof D]: number };

/**
 * The result of an objective of a study with these directions: one number per direction, alone or in an object. If the number of directions
 * is known only at run time, any `ObjectiveResult`.
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
 * The function that a study optimizes. It may throw `TrialPruned` to end its trial early; any other error fails the trial.
 * A result that is not one number per direction (NaN, undefined, too few values) fails the trial too.
 */
export type Objective<Params = unknown, Result extends ObjectiveResult = ObjectiveResult> = (
  trial: Trial<Params>,
) => Result | Promise<Result>;

/** What an objective that runs a program says of it. */
export interface ObjectiveProgram {
  /** The parameters that it reads, by flat name. `defineStudy` checks them. */
  readonly params: readonly string[];
  /** The files of its code as they are now, by absolute path. */
  readonly files: () => readonly string[];
  /** The peak of the memory that a trial's program held, in bytes; undefined where the operating system does not tell. */
  readonly peakMemory: (trial: Trial) => number | undefined;
}

/** The property of an objective that runs a program. */
export const program: unique symbol = Symbol.for("tunelens.program");

/** The code of the error of an objective whose program was ended by a signal. */
export const PROGRAM_KILLED = "program-killed";

export function programOf({ objective }: { readonly objective: object }): ObjectiveProgram | undefined {
  return Reflect.get(objective, program) as ObjectiveProgram | undefined;
}

/** How an objective ended. */
export type TrialOutcome =
  | { readonly type: "result"; readonly result: ObjectiveResult }
  | { readonly type: "pruned" }
  | { readonly type: "stopped" }
  | { readonly type: "error"; readonly error: unknown; readonly reason: string };

export type CheckedValues = { readonly values: readonly number[] } | { readonly problem: string };

/** The problem that is no mistake in the objective's code: networks diverge. */
export const RETURNED_NAN = "The objective returned NaN.";

/** The values in an objective's result, or what is wrong with it. ±Infinity is a value; NaN is not. */
export function readValues(result: unknown, directions: number): CheckedValues {
  const values = Array.isArray(result) ? result : [isOutput(result) ? (result.values ?? result.value) : result].flat();
  for (const value of values as unknown[]) {
    if (typeof value !== "number") return { problem: notANumber(value) };
    if (Number.isNaN(value)) return { problem: RETURNED_NAN };
  }
  if (values.length !== directions)
    return { problem: `The objective returned ${values.length} values, but the study has ${directions} directions.` };
  return { values };
}

function isOutput(result: unknown): result is ObjectiveOutput {
  if (typeof result !== "object" || result === null) return false;
  // Of a typed array or a Map, `values` is a method, and of a training's history, an object.
  return "value" in result || ("values" in result && Array.isArray(result.values));
}

function notANumber(value: unknown): string {
  const { what, advice } = valueInWords(value);
  const instead = typeof value === "object" && value !== null ? "Return a number, or { value: number, model }." : "";
  return `The objective returned ${what} instead of a number. ${advice || instead}`.trimEnd();
}
