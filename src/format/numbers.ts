import type { WireNumber, WireParamValue } from "../protocol/wire.js";

/**
 * At most five significant digits, and all before the point; the exponent form only where plain digits would be long: `0.61235`,
 * `1.235e-7`, `1048576`, `∞`.
 */
export function formatNumber(value: WireNumber): string {
  const number = Number(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "-∞";
  const size = Math.abs(number);
  if (number === 0 || (size >= 1e-4 && size < 1e9)) return String(significant(number, 5));
  return number
    .toExponential(3)
    .replace(/\.?0+e/, "e")
    .replace("e+", "e");
}

/** The same with its zeros kept, for numbers that stand below each other: `0.50000`. */
export function formatAligned(value: WireNumber): string {
  const number = Number(value);
  const size = Math.abs(number);
  const isPlain = size >= 1e-3 && size < 1e4 && !Number.isInteger(number);
  return isPlain ? number.toPrecision(5) : formatNumber(value);
}

/** One value, or all of a study with several objectives. */
export function formatValues(values: readonly WireNumber[]): string {
  return values.length === 1 ? formatNumber(values[0]!) : `(${values.map(formatNumber).join(", ")})`;
}

export function formatParam(value: WireParamValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "number" ? formatNumber(value) : String(value);
}

/**
 * A number with so many significant digits: enough to compare by eye. What stands before the point is never rounded away: 1048576 stays
 * what it is, as long as a number can tell it from its neighbors.
 */
export function significant(number: number, digits: number): number {
  const size = Math.abs(number);
  const isLong = size >= 10 ** digits && size <= Number.MAX_SAFE_INTEGER;
  return isLong ? Math.round(number) : Number(number.toPrecision(digits));
}
