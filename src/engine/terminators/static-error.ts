import { InvalidArgumentError } from "../errors.js";
import type { ErrorEvaluator } from "./terminator.js";

/**
 * A bound you give. Optuna's `StaticErrorEvaluator`.
 * @param constant in the terms of the improvement it is held against.
 * @throws InvalidArgumentError for NaN.
 */
export function staticError(constant: number): ErrorEvaluator {
  const name = "StaticErrorEvaluator";
  if (Number.isNaN(constant)) throw new InvalidArgumentError(`${name}: give a number, not NaN.`);
  return { name, evaluate: () => constant };
}
