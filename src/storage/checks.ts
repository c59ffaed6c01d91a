import { describe, type Distribution } from "../engine/distribution.js";
import { TunelensError } from "../engine/errors.js";

/** Optuna's database has no place for a NaN result. @throws TunelensError (code `invalid-value`) */
export function checkValues(values: readonly number[]): void {
  if (values.some(Number.isNaN))
    throw new TunelensError(
      "invalid-value",
      `A trial's value cannot be NaN (got ${values.join(", ")}). Mark the trial as FAIL instead.`,
    );
}

/** @throws TunelensError (code `invalid-param-value`) */
export function checkInternal(name: string, internal: number, distribution: Distribution): void {
  if (Number.isNaN(internal))
    throw new TunelensError(
      "invalid-param-value",
      `Parameter "${name}": NaN is not a value of ${describe(distribution)}.`,
    );
}
