import { InvalidArgumentError } from "./errors.js";

/**
 * @param where what takes the option, e.g. `MedianPruner`.
 * @throws InvalidArgumentError unless `value` is an integer of at least `least`.
 */
export function checkWhole(where: string, option: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || Number(value) < least)
    throw new InvalidArgumentError(`${where}: ${option} must be an integer of at least ${least}, not ${show(value)}.`);
}

/** As `checkWhole`, but allows Infinity. */
export function checkCount(where: string, option: string, value: unknown, least: number): void {
  if (value !== Infinity) checkWhole(where, option, value, least);
}

/** @throws InvalidArgumentError unless `value` is a number of seconds above 0; Infinity is one. */
export function checkSeconds(where: string, option: string, value: unknown): void {
  if (!(typeof value === "number" && value > 0))
    throw new InvalidArgumentError(`${where}: ${option} must be a number of seconds above 0, not ${show(value)}.`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
