import type { WireJson } from "../src/protocol/wire.js";

export function formatJson(value: WireJson): string {
  return typeof value === "string" ? value : JSON.stringify(value);
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

export function formatInteger(count: number): string {
  return countFormat.format(count);
}

export function formatTrials(count: number): string {
  return `${formatInteger(count)} ${count === 1 ? "trial" : "trials"}`;
}
