import { type VirtualItem, VirtualizerController } from "@tanstack/lit-virtual";
import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";

import type { StudySummary, TrialColumn, TrialSelection, TrialSummary } from "../../src/protocol/inspector.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import { joinClauses } from "../../src/query/clauses.js";
import { emit } from "../events.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import type { Navigation } from "../navigation.js";
import { Refresher } from "../refresher.js";
import { columnHeader } from "./column-header.js";
import { trialCell, type TrialMarks } from "./trial-cell.js";
import { PinnedTrials } from "./pinned-trials.js";
import {
  countSelected,
  everything,
  isSelected,
  type Selection,
  selectionFilter,
  selectionOf,
  toggled,
} from "./selection.js";
import { type TrialColumnMeta, type TrialTable, TrialTableController } from "./trial-columns.js";
import { TrialPages } from "./trial-pages.js";
import "./trial-grid.css";

const ROW_PX = 24;
const HEAD_PX = 26;
const ACTIONS_PX = 64;
/** More pinned trials are scrolled to. */
const PINNED_ROWS = 5;
/** By Shift at once. */
const MAX_SELECTED = 1_000;
const OVERSCAN = 10;
const REFRESH_INTERVAL_MS = 500;

/**
 * The trials of a study as a grid: only the rows in sight are in the document, and only the pages around them are here. Pinned trials have
 * rows above these, too, at negative indexes. Keyboard: arrows, Page Up/Down, Home, End; Enter shows the trial, Space and Shift+arrows
 * select several, Ctrl/Cmd+A all that match the filter, Shift+F10 opens their menu, Ctrl/Cmd+C copies the parameters, P pins the trial.
 */
@customElement("tunelens-trial-grid")
export class TrialGrid extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  @property({ attribute: false }) accessor study!: StudySummary;
  @property({ attribute: false }) accessor navigation!: Navigation;
  @property({ attribute: false }) accessor epochs: ReadonlyMap<number, EpochEnded> = new Map();
  @property({ attribute: false }) accessor revision = 0;
  @property({ attribute: false }) accessor onTotal: (total: number | null) => void = () => {};
  /** Opens the menu of trials, beside what was clicked. */
  @property({ attribute: false }) accessor onMenu: (at: DOMRect, selection: Selection) => void = () => {};
  /** Copies the parameters of trials. */
  @property({ attribute: false }) accessor onCopy: (selection: Selection) => void = () => {};
  @state() private accessor active = 0;
  /** Where a selection of several rows begins. */
  private anchor = 0;
  /** How many elements there are for rows. */
  private slots = 1;

  table!: TrialTable;
  private readonly pages = new TrialPages(
    (query) => this.host.listTrials(query),
    () => {
      this.requestUpdate();
      this.onTotal(this.pages.total);
    },
  );
  private readonly pinned = new PinnedTrials(
    (query) => this.host.listTrials(query),
    () => this.requestUpdate(),
  );
  private readonly refresher = new Refresher(async () => {
    this.pages.invalidate();
    await this.pinned.ask(this.navigation.pinned, shownTrials(this.navigation));
  }, REFRESH_INTERVAL_MS);
  private readonly tables = new TrialTableController(this, (change) => emit(this, "navigate", change));
  private readonly virtualizer = new VirtualizerController<HTMLElement, HTMLElement>(this, {
    count: 0,
    getScrollElement: () => this.querySelector<HTMLElement>(".grid"),
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  }).getVirtualizer();

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Those of the trials that are here. */
  trials(selection: Selection): readonly TrialSummary[] {
    return this.pages.trials((number) => isSelected(selection, number));
  }

  /** The first of them, in the table's order, wherever they are. */
  async firstTrials(selection: Selection, count: number): Promise<readonly number[]> {
    const filter = selectionFilter(selection, this.navigation.filter);
    const query = { ...shownTrials({ ...this.navigation, filter: filter === "" ? [] : [filter] }), offset: 0 };
    return (await this.host.listTrials({ ...query, limit: count })).rows.map(({ number }) => number);
  }

  /** Brings a trial into sight where its place is known without asking: ordered by number, without a filter. */
  revealTrial(number: number): void {
    const { sort, filter } = this.navigation;
    const { total } = this.pages;
    const [first] = sort;
    if (total === null || first?.column !== "number" || filter.length > 0) return;
    this.activate(first.descending ? total - 1 - number : number, "center");
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const navigated = changed.get("navigation");
    const isFirst = !this.hasUpdated;
    if (isFirst || (navigated && orderKey(navigated) !== orderKey(this.navigation))) {
      this.active = 0;
      this.virtualizer.scrollToOffset(0);
      this.pages.reorder(shownTrials(this.navigation));
    } else if (changed.has("revision")) {
      this.refresher.request();
    }
    if (navigated ? pinnedKey(navigated) !== pinnedKey(this.navigation) : isFirst && this.navigation.pinned.length > 0)
      void this.pinned.ask(this.navigation.pinned, shownTrials(this.navigation));
    this.active = Math.max(this.active, -this.pinned.rows.length);
    const top = this.top();
    const margins = { scrollMargin: top, scrollPaddingStart: top };
    this.virtualizer.setOptions({ ...this.virtualizer.options, ...margins, count: this.pages.total ?? 0 });
  }

  /** How high what stays above the rows is. */
  private top(): number {
    return HEAD_PX + Math.min(PINNED_ROWS, this.pinned.rows.length) * ROW_PX;
  }

  protected override render(): TemplateResult {
    const rows = this.virtualizer.getVirtualItems();
    const [first, last] = [rows[0]?.index ?? 0, rows.at(-1)?.index ?? 30];
    this.pages.show(first, last);
    const count = this.pages.total ?? 0;
    const pinned = this.pinned.rows.length;
    this.table = this.tables.table(this.study, this.navigation);
    const columns = this.table.getVisibleLeafColumns().map(({ columnDef }) => columnDef.meta as TrialColumnMeta);
    return html`<div
        class=${Object.keys(this.navigation.columnWidths).length > 0 ? "grid resized" : "grid"}
        role="grid"
        tabindex="0"
        aria-label="Trials"
        aria-multiselectable="true"
        aria-rowcount=${count + pinned + 1}
        aria-colcount=${this.table.getVisibleLeafColumns().length + 1}
        aria-activedescendant=${count + pinned > 0 ? rowId(this.active) : nothing}
        .style=${this.columnStyle()}
        @keydown=${this.onKey}
      >
        <div role="rowgroup" class="grid-head">${this.header()}</div>
        ${pinned === 0 ? nothing : this.pinnedRows(columns)}
        <div role="rowgroup" class="grid-body" .style=${`height:${count * ROW_PX}px`}>
          ${repeat(
            this.inDocumentOrder(rows),
            ({ index }) => index % this.slots,
            ({ index, start }) => this.row(index, `top:${start - this.top()}px`, columns),
          )}
        </div>
      </div>
      ${this.notice(count)}`;
  }

  /**
   * A row that leaves becomes one that comes: to make elements is what costs most of a frame. While the table scrolls, no element moves in the
   * document; when it stands still, their order is that of the rows, for a screen reader.
   */
  private inDocumentOrder(rows: VirtualItem[]): readonly VirtualItem[] {
    this.slots = Math.max(this.slots, rows.length);
    if (!this.virtualizer.isScrolling) return rows;
    return rows.toSorted((a, b) => (a.index % this.slots) - (b.index % this.slots));
  }

  private header(): TemplateResult {
    const headers = this.table.getHeaderGroups()[0]?.headers ?? [];
    return html`<div role="row" aria-rowindex="1" class="grid-row">
      ${headers.map(({ column }) => columnHeader(this.table, column))}
      <div role="columnheader" class="cell"><span class="sr-only">Actions</span></div>
    </div>`;
  }

  private pinnedRows(columns: readonly TrialColumnMeta[]): TemplateResult {
    const { rows } = this.pinned;
    return html`<div role="rowgroup" class="grid-pinned" aria-label="Pinned trials">
      ${rows.map((_, i) => this.row(i - rows.length, "", columns))}
    </div>`;
  }

  /** @param index negative: of a pinned trial. */
  private row(index: number, style: string, columns: readonly TrialColumnMeta[]): TemplateResult {
    const even = Math.abs(index % 2) === 1;
    const trial = this.trialAt(index);
    const place = index + this.pinned.rows.length + 2;
    if (trial === undefined)
      return html`<div
        role="row"
        class=${classMap({ "grid-row": true, loading: true, even })}
        aria-rowindex=${place}
        aria-busy="true"
        .style=${style}
      >
        <div role="gridcell" class="cell"><span class="ghost"></span></div>
      </div>`;
    const isShownSelected = trial.number === this.navigation.selectedTrial || this.isSelectedAt(index, trial.number);
    const isPinned = this.navigation.pinned.includes(trial.number);
    const marks: TrialMarks = {
      isBest: this.study.best?.number === trial.number,
      isPinned: isPinned && index >= 0,
      isFilteredOut: this.isFilteredOut(index),
    };
    const epoch = this.epochs.get(trial.number);
    const classes = classMap({ "grid-row": true, even, selected: isShownSelected, active: index === this.active });
    return html`<div
      role="row"
      id=${rowId(index)}
      class=${classes}
      aria-rowindex=${place}
      aria-selected=${isShownSelected}
      data-trial=${trial.number}
      data-state=${trial.state}
      .style=${style}
      @click=${(event: MouseEvent) => this.onClick(event, index)}
      @contextmenu=${(event: MouseEvent) => this.openMenu(event, index)}
    >
      ${guard([trial, index, epoch, isPinned, marks.isBest, marks.isFilteredOut, ...columns], () => [
        ...columns.map(
          (column) =>
            html`<div role="gridcell" class=${column.alignRight ? "cell right" : "cell"}>
              ${trialCell(trial, column, epoch, marks)}
            </div>`,
        ),
        html`<div role="gridcell" class="cell row-actions">${this.rowActions(trial.number, index, isPinned)}</div>`,
      ])}
    </div>`;
  }

  /** A pinned trial that the filter hides elsewhere. */
  private isFilteredOut(index: number): boolean {
    return index < 0 && !this.pinned.rows.at(index)!.matchesFilter;
  }

  /** One that the filter hides is none of all that match it. */
  private isSelectedAt(index: number, trial: number): boolean {
    const isOfNone = this.navigation.isSelectionInverted && this.isFilteredOut(index);
    return !isOfNone && isSelected(this.navigation, trial);
  }

  private rowActions(number: number, index: number, isPinned: boolean): TemplateResult {
    const label = `${isPinned ? "Unpin" : "Pin"} trial ${number}`;
    return html`<button
        class="icon-button"
        tabindex="-1"
        title=${label}
        aria-label=${label}
        @click=${(event: MouseEvent) => {
          event.stopPropagation();
          emit(this, "pin", [number]);
        }}
      >
        ${icon(isPinned ? "pinned" : "pin")}</button
      ><button
        class="icon-button"
        tabindex="-1"
        title="Actions"
        aria-label="Actions for trial ${number}"
        aria-haspopup="menu"
        @click=${(event: MouseEvent) => this.openMenu(event, index)}
      >
        ⋯
      </button>`;
  }

  /** @param index negative: of a pinned trial. */
  private trialAt(index: number): TrialSummary | undefined {
    return index < 0 ? this.pinned.rows.at(index)?.trial : this.pages.row(index);
  }

  private notice(count: number): TemplateResult | typeof nothing {
    const { error, total } = this.pages;
    if (error !== null) return html`<div class="placeholder error-text">${reasonOf(error)}</div>`;
    if (total === null)
      return html`<div class="placeholder"><vscode-progress-ring aria-label="Loading"></vscode-progress-ring></div>`;
    if (count === 0)
      return html`<div class="placeholder" .style=${`top:${this.top()}px`}>
        ${this.navigation.filter.length > 0 ? "No trial matches the filter." : "Waiting for the first trial…"}
      </div>`;
    return nothing;
  }

  /** Widths as one grid template: fixed ones fixed, the parameters (or, without any, the value) take the rest. */
  private columnStyle(): string {
    const columns = this.table.getVisibleLeafColumns().map((column) => ({
      px: column.getSize(),
      meta: column.columnDef.meta as TrialColumnMeta,
      isFixed: Object.hasOwn(this.navigation.columnWidths, column.id),
    }));
    const anyGrows = columns.some(({ meta, isFixed }) => meta.grows && !isFixed);
    const tracks = columns.map(({ px, meta: { grows, kind }, isFixed }) =>
      !isFixed && (grows || (!anyGrows && kind === "value")) ? `minmax(${px}px,1fr)` : `${px}px`,
    );
    const width = columns.reduce((sum, { px }) => sum + px, ACTIONS_PX);
    return `--columns:${tracks.join(" ")} ${ACTIONS_PX}px;--grid-width:${width}px`;
  }

  /** Click: opens a trial; with Ctrl or Cmd: selects it too; with Shift: all from the last one on. */
  private onClick(event: MouseEvent, index: number): void {
    if (event.shiftKey) void this.selectTo(index);
    else if (event.ctrlKey || event.metaKey) this.toggle(index);
    else this.choose(index);
  }

  private choose(index: number): void {
    this.active = this.anchor = index;
    const trial = this.trialAt(index);
    if (trial) emit(this, "select-trial", trial.number);
  }

  private toggle(index: number): void {
    this.active = this.anchor = index;
    const trial = this.trialAt(index);
    if (!trial || (this.navigation.isSelectionInverted && this.isFilteredOut(index))) return;
    emit(this, "navigate", toggled(this.navigation, trial.number));
  }

  /** From the row that was chosen last to another one: as many as one question may ask for. */
  private async selectTo(index: number): Promise<void> {
    const [from, to] = [Math.max(0, this.anchor), Math.max(0, index)];
    const offset = Math.min(from, to);
    const limit = Math.min(MAX_SELECTED, Math.abs(from - to) + 1);
    this.activate(to);
    const { rows } = await this.host.listTrials({ ...shownTrials(this.navigation), offset, limit });
    emit(this, "navigate", selectionOf(rows.map(({ number }) => number)));
  }

  /** Of the row, or of the selection if it is in it. */
  private openMenu(event: Event, index: number): void {
    event.preventDefault();
    event.stopPropagation();
    const trial = this.trialAt(index);
    if (!trial) return;
    this.active = index;
    const isAmong = this.isSelectedAt(index, trial.number);
    const selection = isAmong ? this.navigation : selectionOf([trial.number]);
    if (!isAmong) emit(this, "navigate", selection);
    const isPointed = event instanceof MouseEvent && event.type === "contextmenu";
    const row = this.querySelector(`#${rowId(index)}`)!.getBoundingClientRect();
    this.onMenu(isPointed ? new DOMRect(event.clientX, event.clientY, 0, 0) : row, selection);
  }

  private activate(index: number, align: "auto" | "center" = "auto"): void {
    this.active = this.bounded(index);
    if (this.active >= 0) this.virtualizer.scrollToIndex(this.active, { align });
    else this.scrollPinned(this.active + this.pinned.rows.length);
  }

  /** Brings a pinned row into sight, where there are more than are shown. */
  private scrollPinned(row: number): void {
    const pinned = this.querySelector(".grid-pinned")!;
    const top = row * ROW_PX;
    pinned.scrollTop = Math.min(top, Math.max(pinned.scrollTop, top + ROW_PX - pinned.clientHeight));
  }

  private bounded(index: number): number {
    return Math.max(-this.pinned.rows.length, Math.min((this.pages.total ?? 0) - 1, index));
  }

  private onKey(event: KeyboardEvent): void {
    const isInHeader = event.target instanceof Element && event.target.closest(".grid-head") !== null;
    if (isInHeader) return;
    const page = Math.max(1, Math.floor(((this.querySelector(".grid")?.clientHeight ?? 0) - HEAD_PX) / ROW_PX) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: -Infinity,
      End: Infinity,
    };
    const target = moves[event.key];
    const isCommand = event.ctrlKey || event.metaKey;
    if (target !== undefined && event.shiftKey) void this.selectTo(this.bounded(target));
    else if (target !== undefined) this.activate((this.anchor = this.bounded(target)));
    else if (event.key === "Enter") this.choose(this.active);
    else if (event.key === " ") this.toggle(this.active);
    else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) this.openMenu(event, this.active);
    else if (event.key === "Escape") emit(this, "select-trial", null);
    else if (isCommand && event.key === "c") this.copy();
    else if (isCommand && event.key === "a") emit(this, "navigate", everything);
    else if (event.key === "p" && !isCommand && !event.altKey) this.pinActive();
    else return;
    event.preventDefault();
  }

  /** Of the selection if several trials are selected, else of the row. */
  private copy(): void {
    const trial = this.trialAt(this.active);
    const areSeveral = countSelected(this.navigation, this.pages.total ?? 0) > 1;
    if (areSeveral) this.onCopy(this.navigation);
    else if (trial) this.onCopy(selectionOf([trial.number]));
  }

  private pinActive(): void {
    const trial = this.trialAt(this.active);
    if (trial) emit(this, "pin", [trial.number]);
  }
}

function rowId(index: number): string {
  return `trial-row-${index}`;
}

/** Which trials the table shows, in what order, with which attributes. */
function shownTrials({ sort, filter, columns }: Navigation): TrialSelection {
  const attributes = Object.keys(columns).filter((id) => columns[id] && id.startsWith("attribute:"));
  return {
    sort: sort.map(({ column, descending }) => ({ column: column as TrialColumn, descending })),
    ...(filter.length > 0 ? { filter: joinClauses(filter) } : {}),
    ...(attributes.length > 0 ? { attributes: attributes.map((id) => id.slice("attribute:".length)) } : {}),
  };
}

function pinnedKey(navigation: Navigation): string {
  return `${navigation.pinned.join()};${orderKey(navigation)}`;
}

function orderKey(navigation: Navigation): string {
  return JSON.stringify(shownTrials(navigation));
}
