import { nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";

import { html } from "../html.js";
import type { TrialColumnMeta, TrialTable, TrialTableColumn } from "./trial-columns.js";

const RESIZE_STEP_PX = 16;
const MIN_PX = 48;
const MAX_PX = 800;

/**
 * A column's title. Click: sort by it; with Shift: by it too. Alt+arrows move the column, Shift+arrows make it narrower or wider; both can be
 * done with the pointer.
 */
export function columnHeader(table: TrialTable, column: TrialTableColumn): TemplateResult {
  const sorted = column.getIsSorted();
  const meta = column.columnDef.meta as TrialColumnMeta;
  const title = String(column.columnDef.header);
  const order = sorted === false ? nothing : sorted === "asc" ? "ascending" : "descending";
  return html`<div
    role="columnheader"
    class=${classMap({ cell: true, right: meta.alignRight === true })}
    aria-sort=${order}
    data-column=${column.id}
    @dragover=${(event: DragEvent) => dragged !== null && event.preventDefault()}
    @drop=${(event: DragEvent) => drop(event, table, column.id)}
  >
    <button
      class="sort"
      draggable="true"
      title="Sort by ${title}. Shift+click: by it too"
      @click=${(event: MouseEvent) => column.toggleSorting(undefined, event.shiftKey)}
      @keydown=${(event: KeyboardEvent) => onKey(event, table, column)}
      @dragstart=${() => (dragged = column.id)}
      @dragend=${() => (dragged = null)}
    >
      <span class="ellipsis">${title}</span>${sorted === false ? nothing : sortMark(table, column)}
    </button>
    <span
      class="column-edge"
      @pointerdown=${(event: PointerEvent) => resize(event, table, column)}
      @dblclick=${() => setWidth(table, column.id, undefined)}
    ></span>
  </div>`;
}

/** The column that is being dragged. */
let dragged: string | null = null;

function sortMark(table: TrialTable, column: TrialTableColumn): TemplateResult {
  const isOneOfSeveral = table.store.state.sorting.length > 1;
  const place = column.getSortIndex() + 1;
  return html`<span class="sort-mark" aria-hidden="true">${column.getIsSorted() === "asc" ? "▲" : "▼"}</span>${
      isOneOfSeveral
        ? html`<span class="sort-place"><span class="sr-only">sorted as number </span>${place}</span>`
        : nothing
    }`;
}

function onKey(event: KeyboardEvent, table: TrialTable, column: TrialTableColumn): void {
  const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
  if (event.key === "Enter" && event.shiftKey) column.toggleSorting(undefined, true);
  else if (step !== 0 && event.altKey) move(table, column.id, step);
  else if (step !== 0 && event.shiftKey) setWidth(table, column.id, column.getSize() + step * RESIZE_STEP_PX);
  else return;
  event.preventDefault();
}

/** By so many places among the columns that are shown. */
function move(table: TrialTable, id: string, by: number): void {
  const shown = table.getVisibleLeafColumns().map((column) => column.id);
  const target = shown[shown.indexOf(id) + by];
  if (target !== undefined) place(table, id, target);
}

/** Where another column is. */
function place(table: TrialTable, id: string, target: string): void {
  const ids = table.getAllLeafColumns().map((column) => column.id);
  const to = ids.indexOf(target);
  table.setColumnOrder(ids.filter((other) => other !== id).toSpliced(to, 0, id));
}

function drop(event: DragEvent, table: TrialTable, target: string): void {
  event.preventDefault();
  if (dragged !== null && dragged !== target) place(table, dragged, target);
  dragged = null;
}

function resize(event: PointerEvent, table: TrialTable, column: TrialTableColumn): void {
  const edge = event.currentTarget as HTMLElement;
  const from = event.clientX;
  // A column that grows is wider than its width says.
  const width = edge.parentElement!.getBoundingClientRect().width;
  edge.setPointerCapture(event.pointerId);
  edge.onpointermove = ({ clientX }) => setWidth(table, column.id, width + clientX - from);
  edge.onlostpointercapture = () => (edge.onpointermove = null);
  event.preventDefault();
}

/** @param px undefined: the default again. */
function setWidth(table: TrialTable, id: string, px: number | undefined): void {
  table.setColumnSizing((widths) => {
    const others = Object.fromEntries(Object.entries(widths).filter(([other]) => other !== id));
    return px === undefined ? others : { ...others, [id]: Math.round(Math.min(MAX_PX, Math.max(MIN_PX, px))) };
  });
}
