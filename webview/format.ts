import { significant } from "../src/format/significant.js";
import type { WireJson, WireNumber, WireParamValue } from "../src/protocol/wire.js";

/** At most five significant digits, and all before the point; the exponent form only where plain digits would be long. */
export function formatNumber(value: WireNumber): string {
  const number = Number(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  const magnitude = Math.abs(number);
  if (number === 0 || (magnitude >= 1e-4 && magnitude < 1e9)) return withMinus(String(significant(number, 5)));
  return withMinus(
    number
      .toExponential(3)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e"),
  );
}

/** Five significant digits, kept where they are zeros: for values that stand below each other. */
export function formatValue(value: WireNumber): string {
  const number = Number(value);
  const magnitude = Math.abs(number);
  const isPlain = magnitude >= 1e-3 && magnitude < 1e4 && !Number.isInteger(number);
  return isPlain ? withMinus(number.toPrecision(5)) : formatNumber(value);
}

export function formatParam(value: WireParamValue | undefined): string {
  if (value === undefined) return "";
  if (value === null) return "null";
  if (typeof value === "number") return formatNumber(value);
  return String(value);
}

export function formatJson(value: WireJson): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `0.42 s`, `12.3 s`, `3 m 05 s`, `2 h 03 m`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} m ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

/** `850 MB`, `1.24 GB`; a MB is 10⁶ bytes. */
export function formatBytes(bytes: number): string {
  return bytes < 999.5e6 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

const timeFormat = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** @param milliseconds since the epoch. */
export function formatTime(milliseconds: number): string {
  return timeFormat.format(milliseconds);
}

const countFormat = new Intl.NumberFormat("en");

export function formatCount(count: number): string {
  return countFormat.format(count);
}

export function formatTrials(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "trial" : "trials"}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

function withMinus(text: string): string {
  return text.replaceAll("-", "−");
}
