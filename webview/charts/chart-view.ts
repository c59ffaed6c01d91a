import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as CanvasChart,
  type ChartConfiguration,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  type Plugin,
  PointElement,
  ScatterController,
  Tooltip,
} from "chart.js";
import { LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { ChartData, ChartName } from "../../src/protocol/charts.js";
import { html } from "../html.js";
import type { Chart, ChartChoice, ChartStudy, ChartTable } from "./chart.js";
import { chartContext, differs } from "./chart-context.js";
import { onThemeChange, readTheme } from "./chart-theme.js";
import { charts } from "./charts.js";
import "./chart-view.css";

CanvasChart.register(
  BarController,
  BarElement,
  CategoryScale,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
);

/** What the host was asked for. While it is asked again the last value stays. */
export interface Loaded<T> {
  readonly value: T | null;
  readonly error: string | null;
}

/**
 * A chart on a canvas, or the table that says the same in text. Redrawn when its data or the editor's theme change; nothing moves by
 * itself.
 */
@customElement("tunelens-chart")
export class ChartView<Name extends ChartName = ChartName> extends LitElement {
  /** The place on the page of the card it is in. */
  @property({ attribute: false }) accessor card = "";
  @property({ attribute: false }) accessor name!: Name;
  @property({ attribute: false }) accessor data: Loaded<ChartData[Name]> = { value: null, error: null };
  @property({ attribute: false, hasChanged: differs }) accessor study!: ChartStudy;
  @property({ attribute: false, hasChanged: differs }) accessor choice: ChartChoice<Name> = {};
  /** Why nothing can be started now, or null. */
  @property({ attribute: false }) accessor blocked: string | null = null;
  /** What takes long, while it is computed. */
  @property({ attribute: false }) accessor computing: string | null = null;
  private drawn: CanvasChart | null = null;
  /** Of the chart that is drawn, which keeps the array. */
  private readonly plugins: Plugin[] = [];
  private stopWatching: (() => void) | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopWatching = onThemeChange(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopWatching?.();
    this.drop();
  }

  protected override render(): TemplateResult {
    const { chart, context } = this;
    const { value } = this.data;
    const summary = value === null ? null : chart.summary(value, context);
    if (value === null || summary === null) return html`<div class="placeholder">${this.placeholder()}</div>`;
    if (this.choice.asTable)
      return html`<div class="chart-table" tabindex="0" role="region" aria-label="Data">
        ${table(chart.table(value, context))}
      </div>`;
    const [height, width] = [chart.height?.(value), chart.width?.(value) ?? 0];
    return html`<div
      class="chart-box"
      .style=${`min-width:${width}px;${height === undefined ? "" : `min-height:${height}px`}`}
    >
      <canvas role="img" aria-label=${summary}></canvas>
    </div>`;
  }

  protected override updated(): void {
    const canvas = this.querySelector("canvas");
    const { value } = this.data;
    if (canvas === null || value === null) return this.drop();
    if (this.drawn !== null && this.drawn.canvas !== canvas) this.drop();
    const drawing = this.chart.draw(value, this.context, readTheme()) as ChartConfiguration;
    const { data, options = {}, plugins = [] } = drawing;
    this.plugins.splice(0, Infinity, ...plugins);
    if (this.drawn === null) {
      this.drawn = new CanvasChart(canvas, { ...drawing, plugins: this.plugins });
      return;
    }
    this.drawn.data = data;
    this.drawn.options = options;
    this.drawn.update("none");
  }

  private get chart(): Chart<Name> {
    return charts[this.name];
  }

  private get context() {
    return chartContext(this, this);
  }

  private placeholder(): TemplateResult | string {
    const unavailable = this.chart.unavailable?.(this.study) ?? null;
    if (unavailable !== null) return unavailable;
    const { value, error } = this.data;
    if (error !== null) return html`<span class="error-text">${error}</span>`;
    if (value === null)
      return html`<vscode-progress-ring aria-label="Loading"></vscode-progress-ring>${
          this.computing === null ? nothing : html`<span role="status">${this.computing}</span>`
        }`;
    return this.chart.empty(value);
  }

  private drop(): void {
    this.drawn?.destroy();
    this.drawn = null;
  }
}

function table({ headers, rows }: ChartTable): TemplateResult {
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell) =>
          typeof cell === "string" ? html`<td class="ellipsis" title=${cell}>${cell}</td>` : html`<td>${cell}</td>`,
        )}
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
