import Table from "cli-table3";
import type { ParamValue } from "../engine/distribution.js";
import { significant } from "../format/significant.js";
import type { WireNumber, WireParamValue } from "../protocol/wire.js";
import { shown, strong } from "./terminal.js";

/** Six digits are enough to compare trials by eye. */
export function formatValue(value: WireNumber | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return String(significant(Number(value), 6));
}

export function formatParam(value: WireParamValue | ParamValue | undefined): string {
  return typeof value === "number" ? formatValue(value) : value === undefined ? "" : shown(String(value));
}

/** `x=1.5, layers=2` */
export function formatParams(params: Readonly<Record<string, WireParamValue | ParamValue>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${shown(name)}=${formatParam(value)}`)
    .join(", ");
}

/** `0.4 s`, `3 min 12 s`, `2 h 5 min` */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param rightAligned which columns hold numbers. */
export function formatTable(
  head: readonly string[],
  rows: readonly string[][],
  rightAligned: readonly number[],
): string {
  const colAligns = head.map((_, column) => (rightAligned.includes(column) ? "right" : "left"));
  const table = new Table({ head: head.map(strong), colAligns, style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.map(shown)));
  return `${table.toString()}\n`;
}

/** `██████░░░░` */
export function shareBar(share: number): string {
  const filled = Math.round(share * 10);
  return "█".repeat(filled) + "░".repeat(10 - filled);
}
