import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import type { StudySummary } from "../../src/protocol/inspector.js";
import { countShown, type ShownState } from "../../src/format/shown-state.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import { chosenStates, joinClauses, toggleState } from "../../src/query/clauses.js";
import { emit } from "../events.js";
import { formatInteger, formatTrials } from "../format.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { cardMenu } from "../layout/card-menu.js";
import type { Menu, MenuItem } from "../menu.js";
import type { Navigation } from "../navigation.js";
import { placePopover } from "../popover.js";
import { shownStates, stateLabels } from "../trial-state.js";
import { allTrials, copiedParams, exported } from "./export-trials.js";
import { selectedTrials } from "./selected-trials.js";
import { countSelected, type Selection, selectionFilter, selectionOf } from "./selection.js";
import { trialActions } from "./trial-actions.js";
import type { ColumnGroup, TrialTableColumn } from "./trial-columns.js";
import { MAX_COMPARED } from "./trial-comparison.js";
import type { TrialGrid } from "./trial-grid.js";
import "./trials-card.css";

const columnGroups: readonly ColumnGroup[] = ["Trial", "Objectives", "Intermediate Values", "Parameters", "Attributes"];

/** Narrower, and a trial has no room beside the rows. */
const NARROW_PX = 720;
/** A trial of which this much is in sight is seen. */
const SEEN_PX = 120;

/** The trial table with what filters it, chooses its columns and finds a trial, and the trial that is open. */
@customElement("tunelens-trials-card")
export class TrialsCard extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  @property({ attribute: false }) accessor study!: StudySummary;
  @property({ attribute: false }) accessor navigation!: Navigation;
  @property({ attribute: false }) accessor epochs: ReadonlyMap<number, EpochEnded> = new Map();
  @property({ attribute: false }) accessor revision = 0;
  @property({ attribute: false }) accessor retrainBlocked: string | null = null;

  /** Whether there is no room for a trial beside the rows: it is a sheet at the bottom of the window then. */
  @state() private accessor isNarrow = false;
  /** How many rows the table has; null: not known yet. */
  @state() private accessor total: number | null = null;
  private returnsFocus = false;
  private readonly resizing = new ResizeObserver(() => {
    this.isNarrow = this.clientWidth < NARROW_PX;
    this.placeSheet();
  });

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resizing.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resizing.disconnect();
  }

  protected override willUpdate(): void {
    const isClosing = this.navigation.selectedTrial === null && this.details() !== null;
    this.returnsFocus = isClosing && this.details()!.contains(document.activeElement);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.returnsFocus) this.grid()?.querySelector<HTMLElement>(".grid")?.focus({ preventScroll: true });
    const before = changed.get("navigation");
    this.placeSheet();
    if (before && before.selectedTrial !== this.navigation.selectedTrial) void this.showDetails();
  }

  protected override render(): TemplateResult {
    const { selectedTrial, selection, isSelectionInverted, isComparing, pinned } = this.navigation;
    const isCompared = isComparing && !isSelectionInverted && selection.length > 1;
    const count = this.countSelected(this.navigation);
    return html`<section class="card trials" aria-labelledby="trials-title">
      <header class="card-head">
        <h2 id="trials-title">Trials</h2>
        <span class="matching faint" role="status">${this.matching()}</span>
        <span class="sr-only" role="status">${pinned.length === 0 ? "" : `${formatTrials(pinned.length)} pinned`}</span>
        ${this.chips()}
        <span class="spacer"></span>
        <vscode-text-field
          class="jump"
          size="8"
          placeholder="Go to #"
          aria-label="Go to trial number"
          @keydown=${this.onJump}
        ></vscode-text-field>
        <button
          class="icon-button"
          title="Choose columns"
          aria-label="Choose columns"
          aria-haspopup="dialog"
          @click=${this.toggleColumns}
        >
          ${icon("settings")}
        </button>
        ${this.columnMenu()}
        <tunelens-menu
          class="selection-menu"
          .iconName=${"listSelection"}
          .label=${"Actions for the selected trials"}
          .items=${(from: EventTarget) => this.actions(from, this.navigation)}
        ></tunelens-menu>
        ${cardMenu("trials", [
          { label: "Export as CSV…", choose: () => void this.save("csv", joinClauses(this.navigation.filter)) },
          { label: "Export as JSON…", choose: () => void this.save("json", joinClauses(this.navigation.filter)) },
        ])}
      </header>
      <tunelens-filter-bar .host=${this.host} .study=${this.study} .navigation=${this.navigation}></tunelens-filter-bar>
      ${count > 1 ? this.selectionBar(count) : nothing}
      <div class="trials-body">
        <tunelens-trial-grid
          .host=${this.host}
          .study=${this.study}
          .navigation=${this.navigation}
          .epochs=${this.epochs}
          .revision=${this.revision}
          .onMenu=${(at: DOMRect, selected: Selection) => void this.openMenu(at, selected)}
          .onCopy=${(selected: Selection) => void this.copy(selected)}
          .onTotal=${(total: number | null) => (this.total = total)}
        ></tunelens-trial-grid>
        ${isCompared ? this.comparison() : nothing}
        ${
          selectedTrial === null || isCompared
            ? nothing
            : html`<tunelens-trial-details
                popover=${this.isNarrow ? "manual" : nothing}
                @keydown=${this.onDetailsKey}
                .host=${this.host}
                .study=${this.study}
                .number=${selectedTrial}
                .revision=${this.revision}
                .epoch=${this.epochs.get(selectedTrial)}
                .retrainBlocked=${this.retrainBlocked}
                .isPinned=${this.navigation.pinned.includes(selectedTrial)}
              ></tunelens-trial-details>`
        }
      </div>
    </section>`;
  }

  private selectionBar(count: number): TemplateResult {
    return html`<div class="selection-bar" role="toolbar" aria-label="Selected trials">
      <span role="status">${formatInteger(count)} selected</span>
      <button class="text-toggle" @click=${() => void this.compare(this.navigation)}>Compare</button>
      <button class="text-toggle" @click=${() => emit(this, "select-trial", null)}>Clear</button>
    </div>`;
  }

  private countSelected(selected: Selection): number {
    return countSelected(selected, this.total ?? 0);
  }

  private async actions(from: EventTarget, selected: Selection): Promise<readonly MenuItem[]> {
    const filter = selectionFilter(selected, this.navigation.filter);
    const known = this.grid()?.trials(selected) ?? [];
    try {
      return trialActions(await selectedTrials(this.host, filter, this.countSelected(selected), known), {
        blocked: this.retrainBlocked,
        hasSource: this.study.source !== null,
        pinned: this.navigation.pinned,
        act: (action) => emit(from, "act", action),
        compare: () => void this.compare(selected),
        copy: () => void this.copy(selected),
        pin: (trials) => emit(from, "pin", trials),
        save: (type) => void this.save(type, filter),
      });
    } catch (error) {
      return [{ label: "Trials cannot be read", disabled: reasonOf(error), choose: () => {} }];
    }
  }

  /** @param selected trials which may be selected only now. */
  private async openMenu(at: DOMRect, selected: Selection): Promise<void> {
    const menu = this.querySelector<Menu>(".selection-menu")!;
    menu.items = (from) => this.actions(from, selected);
    await menu.open(at);
  }

  /** Of all that match the filter, only as many stay selected as are compared. */
  private async compare(selected: Selection): Promise<void> {
    await this.reporting(async () => {
      const { isSelectionInverted, selection } = selected;
      const compared = isSelectionInverted ? await this.grid()!.firstTrials(selected, MAX_COMPARED) : selection;
      emit(this, "navigate", { ...selectionOf(compared), isComparing: true });
    });
  }

  /** The host copies those of one trial. */
  private async copy(selected: Selection): Promise<void> {
    const { isSelectionInverted, selection } = selected;
    if (!isSelectionInverted && selection.length === 1)
      return void emit(this, "act", { type: "copyParameters", trial: selection[0]! });
    await this.reporting(async () => {
      const trials = await allTrials(this.host, selectionFilter(selected, this.navigation.filter));
      emit(this, "act", { type: "copyTable", table: copiedParams(trials, this.study), trials: trials.length });
    });
  }

  private comparison(): TemplateResult {
    return html`<tunelens-trial-comparison
      popover=${this.isNarrow ? "manual" : nothing}
      @keydown=${this.onDetailsKey}
      .host=${this.host}
      .study=${this.study}
      .numbers=${this.navigation.selection}
    ></tunelens-trial-comparison>`;
  }

  /** @param filter empty: all trials. */
  private async save(type: "csv" | "json", filter: string): Promise<void> {
    await this.reporting(async () => {
      const trials = await allTrials(this.host, filter, this.study.attributes);
      await this.host.saveFile({ name: "trials", type, content: exported(type, trials, this.study) });
    });
  }

  private async reporting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      emit(this, "problem", reasonOf(error));
    }
  }

  /** How many trials the filter lets through. */
  private matching(): string {
    const { length } = this.navigation.filter;
    if (length === 0 || this.total === null) return "";
    const all = Object.values(this.study.counts).reduce((sum, count) => sum + count, 0);
    return `${formatInteger(this.total)} of ${formatTrials(all)}`;
  }

  private chips(): TemplateResult {
    const counts = countShown(this.study);
    const { filter } = this.navigation;
    const states = chosenStates(filter);
    const shown = shownStates.filter((state) => counts[state] > 0 || states.includes(state));
    return html`<div class="chips" role="group" aria-label="Filter by state">
      ${shown.map(
        (state) =>
          html`<button class="chip" aria-pressed=${states.includes(state)} @click=${() => this.toggle(state)}>
            <span class="dot" data-state=${state} aria-hidden="true"></span>${stateLabels[state]}
            <span class="chip-count">${formatInteger(counts[state])}</span>
          </button>`,
      )}
    </div>`;
  }

  private columnMenu(): TemplateResult {
    const columns =
      this.grid()
        ?.table.getAllLeafColumns()
        .filter((column) => column.getCanHide()) ?? [];
    return html`<div class="popover menu" popover role="dialog" aria-label="Columns">
      ${columnGroups.map((group) => this.columnGroup(group, columns))}
    </div>`;
  }

  private columnGroup(group: ColumnGroup, all: readonly TrialTableColumn[]): TemplateResult | typeof nothing {
    const columns = all.filter(({ columnDef }) => columnDef.meta?.group === group);
    if (columns.length === 0) return nothing;
    const isShown = columns.every((column) => column.getIsVisible());
    return html`<div role="group" aria-label=${group}>
      <div class="column-group">
        <strong>${group}</strong>
        <button
          class="text-toggle"
          aria-label="${isShown ? "Hide" : "Show"} all: ${group}"
          @click=${() => this.showColumns(columns, !isShown)}
        >
          ${isShown ? "None" : "All"}
        </button>
      </div>
      ${columns.map(
        (column) =>
          html`<vscode-checkbox
            .checked=${column.getIsVisible()}
            @change=${(event: Event) => this.showColumns([column], (event.target as HTMLInputElement).checked)}
            >${String(column.columnDef.header)}</vscode-checkbox
          >`,
      )}
    </div>`;
  }

  private details(): HTMLElement | null {
    return this.querySelector<HTMLElement>("tunelens-trial-details, tunelens-trial-comparison");
  }

  /** The sheet is as wide as the card, and above everything else. */
  private placeSheet(): void {
    const details = this.details();
    if (details === null) return;
    const { left, width } = this.getBoundingClientRect();
    details.style.cssText = this.isNarrow ? `left:${left}px;width:${width}px` : "";
    if (this.isNarrow && !details.matches(":popover-open")) details.showPopover();
  }

  /** Brings the trial into sight; or, where it is a sheet, its row above that. */
  private async showDetails(): Promise<void> {
    await this.grid()?.updateComplete;
    const details = this.details();
    if (details === null) return;
    const { top, bottom } = details.getBoundingClientRect();
    if (!this.isNarrow) {
      if (top > window.innerHeight - SEEN_PX || bottom < SEEN_PX) details.scrollIntoView({ block: "nearest" });
      return;
    }
    const row = this.querySelector(".grid-row.selected")?.getBoundingClientRect();
    if (row && row.top < window.innerHeight && row.bottom > top)
      this.closest(".page")?.scrollBy(0, row.bottom - top + 8);
  }

  private onDetailsKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    if (this.navigation.isComparing) emit(this, "navigate", { isComparing: false });
    else emit(this, "select-trial", null);
  }

  private grid(): TrialGrid | null {
    return this.querySelector<TrialGrid>("tunelens-trial-grid");
  }

  private toggle(state: ShownState): void {
    emit(this, "navigate", { filter: [...toggleState(this.navigation.filter, state)] });
  }

  private showColumns(columns: readonly TrialTableColumn[], isShown: boolean): void {
    const chosen = Object.fromEntries(columns.map(({ id }) => [id, isShown]));
    emit(this, "navigate", { columns: { ...this.navigation.columns, ...chosen } });
  }

  private async toggleColumns(event: Event): Promise<void> {
    const button = event.currentTarget as HTMLElement;
    // The choice of columns is the grid's, which may have changed since this was drawn.
    this.requestUpdate();
    await this.updateComplete;
    const menu = this.querySelector<HTMLElement>(".menu")!;
    if (menu.togglePopover()) placePopover(menu, button.getBoundingClientRect());
  }

  private onJump(event: KeyboardEvent): void {
    if (event.key !== "Enter") return;
    const field = event.currentTarget as HTMLInputElement;
    const number = Number(field.value.replace("#", "").trim());
    if (field.value.trim() === "" || !Number.isInteger(number) || number < 0) return;
    field.value = "";
    this.grid()?.revealTrial(number);
    emit(this, "select-trial", number);
  }
}
