import Table from "cli-table3";
import type { ParamValue } from "../engine/distribution.js";
import { formatParam } from "../format/numbers.js";
import type { WireParamValue } from "../protocol/wire.js";
import { shown, strong } from "./terminal.js";

/** `x=1.5, layers=2` */
export function formatParams(params: Readonly<Record<string, WireParamValue | ParamValue>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${shown(name)}=${shown(formatParam(value))}`)
    .join(", ");
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
