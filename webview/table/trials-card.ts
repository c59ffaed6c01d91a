import { LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { StudySummary } from "../../src/protocol/inspector.js";
import { countShown } from "../../src/format/shown-state.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import type { WireTrialState } from "../../src/protocol/wire.js";
import { emit } from "../events.js";
import { formatInteger } from "../format.js";
import type { DashboardHost } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { type Navigation, trialStates } from "../navigation.js";
import { stateLabels } from "../trial-state.js";
import type { TrialGrid } from "./trial-grid.js";
import "./trials-card.css";

/** The trial table with what filters it, chooses its columns and finds a trial, and the trial that is open. */
@customElement("tunelens-trials-card")
export class TrialsCard extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  @property({ attribute: false }) accessor study!: StudySummary;
  @property({ attribute: false }) accessor navigation!: Navigation;
  @property({ attribute: false }) accessor epochs: ReadonlyMap<number, EpochEnded> = new Map();
  @property({ attribute: false }) accessor revision = 0;
  @property({ attribute: false }) accessor retrainBlocked: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { selectedTrial } = this.navigation;
    return html`<section class="card trials" aria-labelledby="trials-title">
      <header class="card-head">
        <h2 id="trials-title">Trials</h2>
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
      </header>
      <div class="trials-body">
        <tunelens-trial-grid
          .host=${this.host}
          .study=${this.study}
          .navigation=${this.navigation}
          .epochs=${this.epochs}
          .revision=${this.revision}
          .retrainBlocked=${this.retrainBlocked}
        ></tunelens-trial-grid>
        ${
          selectedTrial === null
            ? nothing
            : html`<tunelens-trial-details
                .host=${this.host}
                .study=${this.study}
                .number=${selectedTrial}
                .revision=${this.revision}
                .epoch=${this.epochs.get(selectedTrial)}
                .retrainBlocked=${this.retrainBlocked}
              ></tunelens-trial-details>`
        }
      </div>
    </section>`;
  }

  private chips(): TemplateResult {
    const { counts } = this.study;
    const { states } = this.navigation;
    const shown = trialStates.filter((state) => counts[state] > 0 || states.includes(state));
    return html`<div class="chips" role="group" aria-label="Filter by state">
      ${shown.map(
        (state) =>
          html`<button class="chip" aria-pressed=${states.includes(state)} @click=${() => this.toggleState(state)}>
            <span class="dot" data-state=${state} aria-hidden="true"></span>${this.chipLabel(state)}
            <span class="chip-count">${formatInteger(counts[state])}</span>
          </button>`,
      )}
    </div>`;
  }

  /** Trials that were stopped are stored as failed, and so share their chip. */
  private chipLabel(state: WireTrialState): string {
    const { FAIL, STOPPED } = countShown(this.study);
    if (state !== "FAIL" || STOPPED === 0) return stateLabels[state];
    return FAIL === 0 ? stateLabels.STOPPED : `${stateLabels.FAIL} or ${stateLabels.STOPPED.toLowerCase()}`;
  }

  private columnMenu(): TemplateResult {
    const columns =
      this.grid()
        ?.table.getAllLeafColumns()
        .filter((column) => column.getCanHide()) ?? [];
    return html`<div class="menu" popover role="dialog" aria-label="Columns">
      ${columns.map(
        (column) =>
          html`<vscode-checkbox
            .checked=${column.getIsVisible()}
            @change=${(event: Event) => this.showColumn(column.id, (event.target as HTMLInputElement).checked)}
            >${String(column.columnDef.header)}</vscode-checkbox
          >`,
      )}
    </div>`;
  }

  private grid(): TrialGrid | null {
    return this.querySelector<TrialGrid>("tunelens-trial-grid");
  }

  private toggleState(state: WireTrialState): void {
    const { states } = this.navigation;
    emit(this, "navigate", {
      states: states.includes(state) ? states.filter((other) => other !== state) : [...states, state],
    });
  }

  private showColumn(id: string, isShown: boolean): void {
    emit(this, "navigate", { columns: { ...this.navigation.columns, [id]: isShown } });
  }

  private async toggleColumns(event: Event): Promise<void> {
    const button = event.currentTarget as HTMLElement;
    // The choice of columns is the grid's, which may have changed since this was drawn.
    this.requestUpdate();
    await this.updateComplete;
    const menu = this.querySelector<HTMLElement>(".menu")!;
    if (!menu.togglePopover()) return;
    const { bottom, right } = button.getBoundingClientRect();
    menu.style.top = `${Math.min(bottom + 2, window.innerHeight - menu.offsetHeight - 4)}px`;
    menu.style.left = `${Math.max(4, right - menu.offsetWidth)}px`;
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
