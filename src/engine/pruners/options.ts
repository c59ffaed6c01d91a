import { InvalidArgumentError } from "../errors.js";

/** @throws InvalidArgumentError unless `value` is a whole number, at least `least`. */
export function checkWhole(pruner: string, option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`${pruner}: ${option} must be a whole number, at least ${least}, not ${value}.`);
}
