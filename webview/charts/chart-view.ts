import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as CanvasChart,
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
import zoomPlugin from "chartjs-plugin-zoom";
import { MatrixController, MatrixElement } from "chartjs-chart-matrix";
import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { ChartData, ChartName } from "../../src/protocol/charts.js";
import { plural } from "../../src/format/plural.js";
import type { DashboardEvents } from "../events.js";
import { html } from "../html.js";
import type { Menu } from "../menu.js";
import "../menu.js";
import type { Chart, ChartChoice, ChartContext, ChartStudy, TrialCell } from "./chart.js";
import { chartContext, differs } from "./chart-context.js";
import { chartCsv, chartTable } from "./chart-table.js";
import { onThemeChange, readTheme } from "./chart-theme.js";
import { charts } from "./charts.js";
import { type Framed, framed } from "./frame.js";
import { toPng, toSvg } from "./picture.js";
import { Pinch } from "./pinch.js";
import { type PinchMove, Zoom } from "./zoom.js";

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
  MatrixController,
  MatrixElement,
  PointElement,
  ScatterController,
  Tooltip,
  zoomPlugin,
);

/** What the host was asked for. While it is asked again the last value stays. */
export interface Loaded<T> {
  readonly value: T | null;
  readonly error: string | null;
}

function showTrial(
  { trial, study }: TrialCell,
  { select, open }: Pick<ChartContext<ChartName>, "select" | "open">,
): void {
  if (study === undefined) select(trial);
  else open(study, trial);
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
  /** The trials that the user has selected. */
  @property({ attribute: false, hasChanged: differs }) accessor selected: readonly number[] = [];
  private drawn: CanvasChart | null = null;
  /** What is drawn; null: nothing is. */
  private drawing: Framed | null = null;
  private readonly zoom = new Zoom(() => this.zoomed());
  private readonly pinch = new Pinch((move) => this.pinched(move));
  private readonly scrolled = () => this.zoom.pageScrolled();
  /** Of the chart that is drawn, which keeps the array. */
  private readonly plugins: Plugin[] = [];
  private stopWatching: (() => void) | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopWatching = onThemeChange(() => this.requestUpdate());
    this.addEventListener("offer", (event) => void this.offer((event as CustomEvent<DashboardEvents["offer"]>).detail));
    document.addEventListener("scroll", this.scrolled, { capture: true, passive: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopWatching?.();
    document.removeEventListener("scroll", this.scrolled, { capture: true });
    this.drop();
  }

  /** As a file's content: text, of a PNG in base64; null while there is nothing to save. */
  saved(type: "png" | "svg" | "csv"): string | null {
    const { value } = this.data;
    if (value === null || this.drawing === null) return null;
    if (type === "csv") return chartCsv(this.chart.table(value, this.context));
    const box = this.querySelector(".chart-box")?.getBoundingClientRect();
    const size = { width: Math.max(480, box?.width ?? 0), height: Math.max(280, box?.height ?? 0) };
    return (type === "png" ? toPng : toSvg)(this.drawing.config, size, readTheme());
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("choice")) this.zoom.place = this.choice.zoom ?? null;
    const { value } = this.data;
    this.drawing = value === null || this.chart.summary(value, this.context) === null ? null : this.draw(value);
  }

  private draw(value: ChartData[Name]): Framed {
    const theme = readTheme();
    const { chart, context } = this;
    return framed(chart.draw(value, context, theme), {
      theme,
      selected: new Set(this.selected),
      best: this.study.best,
      full: this.choice.full === true,
      zoomMode: this.zoomMode(),
      zoom: this.zoom,
      show: (trial) => showTrial(trial, context),
    });
  }

  protected override render(): TemplateResult {
    const { chart, context } = this;
    const { value } = this.data;
    const summary = value === null ? null : chart.summary(value, context);
    if (value === null || summary === null) return html`<div class="placeholder">${this.placeholder()}</div>`;
    if (this.choice.asTable)
      return html`<div class="chart-table" tabindex="0" role="region" aria-label="Data">
        ${chartTable(chart.table(value, context), (trial) => showTrial(trial, context))}
      </div>`;
    const [height, width] = [chart.height?.(value), chart.width?.(value) ?? 0];
    return html`<div
      class="chart-box"
      .style=${`min-width:${width}px;${height === undefined ? "" : `min-height:${height}px`}`}
    >
      <canvas
        role="img"
        tabindex="0"
        aria-label=${summary}
        aria-keyshortcuts="+ - 0"
        @keydown=${this.onKey}
        @dblclick=${() => this.zoom.reset()}
        @touchstart=${this.pinch.onTouch}
        @touchmove=${this.pinch.onTouch}
        @touchend=${this.pinch.onTouch}
      ></canvas>
      <div class="chart-notes">${this.outsideNote()} ${this.zoomNote()}</div>
      <tunelens-menu .isBare=${true}></tunelens-menu>
    </div>`;
  }

  protected override updated(): void {
    const canvas = this.querySelector("canvas");
    if (canvas === null || this.drawing === null) return this.drop();
    if (this.drawn !== null && this.drawn.canvas !== canvas) this.drop();
    const { config } = this.drawing;
    const { data, options = {}, plugins = [] } = config;
    this.plugins.splice(0, Infinity, ...plugins);
    if (this.drawn === null) {
      this.drawn = new CanvasChart(canvas, { ...config, plugins: this.plugins });
      return;
    }
    this.drawn.data = data;
    this.drawn.options = options;
    this.drawn.update("none");
  }

  private async offer({ label, items, at }: DashboardEvents["offer"]): Promise<void> {
    const menu = this.querySelector<Menu>("tunelens-menu");
    const canvas = this.querySelector("canvas")?.getBoundingClientRect();
    if (menu === null || canvas === undefined) return;
    menu.label = label;
    menu.items = () => items;
    await menu.updateComplete;
    await menu.open(new DOMRect(canvas.x + at.x, canvas.y + at.y, 0, 0));
  }

  /** What a robust axis leaves out is never hidden silently. */
  private outsideNote(): TemplateResult | typeof nothing {
    const { value } = this.data;
    const outside = (value === null ? null : this.chart.outside?.(value)) ?? this.drawing?.outside ?? 0;
    if (outside === 0 || this.zoom.place !== null) return nothing;
    const { full } = this.choice;
    const what = full ? `Hide ${plural(outside, "outlier")}` : `${plural(outside, "trial")} outside`;
    const title = full ? "Fit the axis to the other trials" : "Show all trials";
    const choose = () => this.context.choose({ full: !full } as ChartChoice<Name>);
    return html`<button class="chart-note" title=${title} @click=${choose}>${what}</button>`;
  }

  private zoomNote(): TemplateResult | typeof nothing {
    if (this.zoom.place === null) return nothing;
    const title = "Show the whole chart (double-click, 0)";
    return html`<button class="chart-note" title=${title} @click=${() => this.zoom.reset()}>Reset Zoom</button>`;
  }

  private onKey(event: KeyboardEvent): void {
    const mode = this.zoomMode();
    if (event.ctrlKey || event.metaKey || event.altKey || this.drawn === null || mode === null) return;
    if (this.zoom.press(event.key, this.drawn, mode)) event.preventDefault();
  }

  private zoomed(): void {
    this.requestUpdate();
    this.context.choose({ zoom: this.zoom.place ?? undefined } as ChartChoice<Name>);
  }

  private pinched(move: PinchMove): void {
    const mode = this.zoomMode();
    if (mode !== null && this.drawn !== null) this.zoom.pinch(this.drawn, move, mode);
  }

  private zoomMode(): "x" | "y" | "xy" | null {
    const { chart } = this;
    const { value } = this.data;
    if (value === null) return null;
    if (chart.zoom === undefined) return "xy";
    return typeof chart.zoom === "function" ? chart.zoom(value) : chart.zoom;
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
