import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { type ChartData, type ChartName, chartOptions, type ChartRequest } from "../../src/protocol/charts.js";
import { emit } from "../events.js";
import { formatTrials } from "../format.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { cardMenu } from "../layout/card-menu.js";
import { cardTitle } from "../layout/cards.js";
import type { MenuItem } from "../menu.js";
import { Refresher } from "../refresher.js";
import type { Chart, ChartChoice, ChartStudy } from "./chart.js";
import { chartContext, differs } from "./chart-context.js";
import type { ChartView, Loaded } from "./chart-view.js";
import { loadChartView } from "./chart-view-part.js";
import { charts } from "./charts.js";
import "./param-picker.js";
import "./range-filter.js";
import "./study-picker.js";
import { logToggle } from "./controls.js";
import "./chart-card.css";
import "./chart-view.css";

const nothingYet = { value: null, error: null };

/** A chart in its frame: title, controls, and the switch to the same as a table. Asks for its data, and again when trials change. */
@customElement("tunelens-chart-card")
export class ChartCard<Name extends ChartName = ChartName> extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  /** Its place on the page. */
  @property({ attribute: false }) accessor card = "";
  @property({ attribute: false }) accessor name!: Name;
  @property({ attribute: false, hasChanged: differs }) accessor study!: ChartStudy;
  @property({ attribute: false, hasChanged: differs }) accessor choice: ChartChoice<Name> = {};
  /** A query that the chart's trials match; empty: all do. */
  @property({ attribute: false }) accessor filter = "";
  @property({ attribute: false }) accessor blocked: string | null = null;
  /** The trials that the user has selected. */
  @property({ attribute: false, hasChanged: differs }) accessor selected: readonly number[] = [];
  @property({ attribute: false }) accessor revision = 0;
  /** How many the study has; it is said where they are computed with, and one more is no reason to render. */
  @property({ attribute: false, hasChanged: () => false }) accessor trials = 0;
  @state() private accessor data: Loaded<ChartData[Name]> = nothingYet;
  /** The last there were, which controls go on with while others are loaded. */
  private lastData: ChartData[Name] | null = null;
  private asked: ChartRequest<Name> | null = null;
  private refresher: Refresher | null = null;
  /** Aborted: what was asked for is not waited for any more. */
  private wanted = new AbortController();
  /** What takes long, while it is computed. */
  @state() private accessor computing: string | null = null;
  /** Why what draws charts is not there. */
  @state() private accessor viewProblem: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.wanted = new AbortController();
    this.refresher?.request();
    void this.loadView();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.wanted.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.lastData = this.data.value ?? this.lastData;
    if (!this.isAvailable()) return;
    const choice = this.chart.asked?.(this.choice, this.selected, this.study) ?? this.choice;
    const request = requestOf(this.name, choice, this.filter);
    if (differs(request, this.asked)) {
      this.wanted.abort();
      this.wanted = new AbortController();
      this.asked = request;
      this.data = nothingYet;
      this.refresher = new Refresher(() => this.load(request), this.chart.intervalMs(this.choice));
      this.refresher.request();
    } else if (changed.has("revision")) {
      this.refresher?.request();
    }
  }

  protected override render(): TemplateResult {
    const { card, name, study, choice, blocked } = this;
    const { chart } = this;
    const { title } = chart;
    const context = chartContext(this, this);
    const label = choice.asTable ? "Show as chart" : "Show as table";
    return html`<section class="card area-${name}" aria-label=${cardTitle(card)}>
      <header class="card-head">
        <h2 id="${card}-title" class="ellipsis" title=${title}>${title}</h2>
        <div class="card-options">
          ${chart.note && !this.isEmpty() ? html`<span class="card-note faint">${noteText(chart.note(study, this.lastData))}</span>` : nothing}
          <span class="spacer"></span>
          ${this.isAvailable() ? chart.controls?.(context, this.lastData) : nothing}
          ${chart.hasLog && this.isAvailable() ? logToggle(context) : nothing}
        </div>
        <div class="card-actions">
          <button
            class="icon-button"
            aria-label="${title}: ${label}"
            title=${label}
            @click=${() => context.choose({ asTable: !choice.asTable } as ChartChoice<Name>)}
          >
            ${icon(choice.asTable ? "graph" : "table")}
          </button>
          ${cardMenu(card, this.exportItems())}
        </div>
      </header>
      <div class="card-body">
        ${
          this.viewProblem !== null
            ? this.withoutView(this.viewProblem)
            : html`<tunelens-chart
                .card=${card}
                .name=${name}
                .data=${this.data}
                .computing=${this.data.value === null ? this.computing : null}
                .study=${study}
                .choice=${choice}
                .blocked=${blocked}
                .selected=${this.selected}
              ></tunelens-chart>`
        }
      </div>
    </section>`;
  }

  private withoutView(problem: string): TemplateResult {
    return html`<div class="placeholder">
      <span class="error-text" role="alert">${problem}</span>
      <vscode-button appearance="secondary" @click=${() => void this.loadView()}>Try Again</vscode-button>
    </div>`;
  }

  private async loadView(): Promise<void> {
    try {
      await loadChartView();
      this.viewProblem = null;
    } catch (error) {
      this.viewProblem = reasonOf(error);
      // Another card may try again.
      void customElements.whenDefined("tunelens-chart").then(() => (this.viewProblem = null));
    }
  }

  private exportItems(): MenuItem[] {
    const problem = this.viewProblem ?? (this.data.value === null ? "There is nothing to save yet." : null);
    return (["png", "svg", "csv"] as const).map((type) => ({
      label: `Save as ${type.toUpperCase()}…`,
      disabled: problem,
      choose: () => void this.save(type),
    }));
  }

  private async save(type: "png" | "svg" | "csv"): Promise<void> {
    await customElements.whenDefined("tunelens-chart");
    const content = this.querySelector<ChartView>("tunelens-chart")!.saved(type);
    if (content === null) return;
    try {
      await this.host.saveFile({ name: this.card, type, content });
    } catch (error) {
      emit(this, "problem", reasonOf(error));
    }
  }

  private get chart(): Chart<Name> {
    return charts[this.name];
  }

  /** Whether there is nothing to draw: no legend says what is not there. */
  private isEmpty(): boolean {
    const { value } = this.data;
    return value !== null && this.chart.summary(value, chartContext(this, this)) === null;
  }

  private isAvailable(): boolean {
    return (this.chart.unavailable?.(this.study) ?? null) === null;
  }

  private async load(request: ChartRequest<Name>): Promise<void> {
    if (request !== this.asked || !this.isConnected) return;
    const { signal } = this.wanted;
    let data: Loaded<ChartData[Name]>;
    this.computing = this.whatIsComputed();
    try {
      data = { value: await this.host.getChart(request, signal), error: null };
    } catch (error) {
      data = { value: this.data.value, error: reasonOf(error) };
    }
    // Something else may have been chosen meanwhile.
    if (signal.aborted) return;
    this.data = data;
    this.computing = null;
  }

  private whatIsComputed(): string | null {
    const what = this.chart.computing?.(this.choice);
    return what === undefined ? null : `${what} over ${formatTrials(this.trials)}…`;
  }
}

/** What was chosen of a chart's options, and the filter. */
function requestOf<Name extends ChartName>(chart: Name, choice: ChartChoice<Name>, filter: string): ChartRequest<Name> {
  const options = Object.entries(choice).filter(([option]) =>
    (chartOptions[chart] as readonly string[]).includes(option),
  );
  return { chart, ...(filter && { filter }), ...Object.fromEntries(options) } as ChartRequest<Name>;
}

function noteText(note: TemplateResult | string): TemplateResult {
  return typeof note === "string" ? html`<span class="ellipsis" title=${note}>${note}</span>` : note;
}
