import { InvalidArgumentError } from "../errors.js";
import type { ErrorEvaluator } from "./terminator.js";

/**
 * A fixed bound. Optuna's `StaticErrorEvaluator`.
 * @param constant in the units of the improvement that it is compared with.
 * @throws InvalidArgumentError for NaN.
 */
export function staticError(constant: number): ErrorEvaluator {
  const name = "StaticErrorEvaluator";
  if (Number.isNaN(constant)) throw new InvalidArgumentError(`${name}: the bound must be a number, not NaN.`);
  return { name, evaluate: () => constant };
}
