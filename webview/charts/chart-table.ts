import { nothing, type TemplateResult } from "lit";

import { csvLine } from "../../src/format/csv.js";
import { formatNumber } from "../../src/format/numbers.js";
import { html } from "../html.js";
import type { ChartCell, ChartTable, TrialCell } from "./chart.js";

/** @param show shows a trial. */
export function chartTable({ headers, rows }: ChartTable, show: (trial: TrialCell) => void): TemplateResult {
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell) => shown(cell, show))}
      </tr>`,
  );
  return html`<table>
    <thead>
      <tr>
        ${headers.map((header) => html`<th scope="col">${header}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${body.length ? body : nothing}
    </tbody>
  </table>`;
}

/** The same as a CSV file, numbers in full; columns of buttons are left out. */
export function chartCsv({ headers, rows }: ChartTable): string {
  const columns = headers.map((_, i) => i).filter((i) => !rows.some((cells) => isTemplate(cells[i]!)));
  const lines = rows.map((cells) => columns.map((i) => written(cells[i]!)));
  return [columns.map((i) => headers[i]!), ...lines].map((line) => csvLine(line)).join("");
}

function shown(cell: ChartCell, show: (trial: TrialCell) => void): TemplateResult {
  if (typeof cell === "string") return html`<td class="ellipsis" title=${cell}>${cell}</td>`;
  if (typeof cell === "number") return html`<td title=${String(cell)}>${formatNumber(cell)}</td>`;
  if (isTemplate(cell)) return html`<td>${cell}</td>`;
  return html`<td><button class="link" @click=${() => show(cell)}>#${cell.trial}</button></td>`;
}

function written(cell: ChartCell): string | number {
  return typeof cell === "object" ? (isTemplate(cell) ? "" : cell.trial) : cell;
}

function isTemplate(cell: ChartCell): cell is TemplateResult {
  return typeof cell === "object" && "strings" in cell;
}
