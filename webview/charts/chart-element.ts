import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
} from "chart.js";
import { LitElement, nothing, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";

import { emit } from "../events.js";
import { formatNumber } from "../../src/format/numbers.js";
import { visibleLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { type ChartTheme, onThemeChange, readTheme } from "./chart-theme.js";

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
);

/** The kinds of chart drawn here. */
export type DrawnChart = Chart<"scatter" | "line" | "bar">;
export type DrawnConfiguration = ChartConfiguration<"scatter" | "line" | "bar">;

/**
 * A chart on a canvas, with the table that says the same in text. Redrawn when its data or the editor's theme change; nothing moves by
 * itself.
 */
export abstract class ChartElement extends LitElement {
  @property({ type: Boolean }) accessor asTable = false;
  protected chart: DrawnChart | null = null;
  private stopWatching: (() => void) | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** What the chart shows, in a sentence; null: nothing to draw yet. */
  protected abstract summary(): string | null;
  /** What is shown if there is nothing to draw. */
  protected abstract placeholder(): TemplateResult | string;
  protected abstract configuration(theme: ChartTheme): DrawnConfiguration;
  protected abstract table(): TemplateResult;
  /** Height in pixels where it follows from the data; null: as much as there is. */
  protected height(): number | null {
    return null;
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
    const summary = this.summary();
    if (summary === null) return html`<div class="placeholder">${this.placeholder()}</div>`;
    if (this.asTable)
      return html`<div class="chart-table" tabindex="0" role="region" aria-label="Data">${this.table()}</div>`;
    const height = this.height();
    return html`<div class="chart-box" .style=${height === null ? "" : `min-height:${height}px`}>
      <canvas role="img" aria-label=${summary}></canvas>
    </div>`;
  }

  protected override updated(): void {
    const canvas = this.querySelector("canvas");
    if (canvas === null) return this.drop();
    if (this.chart !== null && this.chart.canvas !== canvas) this.drop();
    const { type, data, options, plugins } = this.configuration(readTheme()) as DrawnConfiguration & {
      type: "scatter";
    };
    if (this.chart === null) {
      this.chart = new Chart(canvas, { type, data, options, plugins }) as DrawnChart;
      return;
    }
    this.chart.data = data;
    this.chart.options = options ?? {};
    this.chart.update("none");
  }

  protected select(trial: number): void {
    emit(this, "select-trial", trial);
  }

  private drop(): void {
    this.chart?.destroy();
    this.chart = null;
  }
}

/** Options every chart shares: no animation, the editor's font and colors. */
export function baseOptions(theme: ChartTheme) {
  const font = { family: theme.fontFamily, size: theme.fontSize };
  return {
    animation: false as const,
    responsive: true,
    maintainAspectRatio: false,
    font,
    color: theme.muted,
    plugins: {
      tooltip: {
        backgroundColor: theme.background,
        borderColor: theme.border,
        borderWidth: 1,
        cornerRadius: 3,
        titleColor: theme.foreground,
        bodyColor: theme.foreground,
        titleFont: font,
        bodyFont: font,
        displayColors: false,
        padding: 6,
        caretSize: 0,
        animation: false as const,
      },
    },
  };
}

/** @param title what the axis counts. */
export function axis(theme: ChartTheme, title: string, grid = true) {
  return {
    border: { display: false },
    grid: { display: grid, color: theme.grid, drawTicks: false },
    ticks: {
      color: theme.muted,
      font: { family: theme.fontFamily, size: theme.fontSize },
      padding: 6,
      maxRotation: 0,
      autoSkipPadding: 14,
    },
    title: {
      display: title !== "",
      text: visibleLine(title),
      color: theme.muted,
      font: { family: theme.fontFamily, size: theme.fontSize },
      padding: { top: 2, bottom: 0 },
    },
  };
}

/** Of trial numbers, of steps. */
export function countAxis(theme: ChartTheme, title: string) {
  const { ticks, ...rest } = axis(theme, title, false);
  return { type: "linear" as const, ...rest, ticks: { ...ticks, precision: 0 } };
}

/** Of what is optimized. */
export function valueAxis(theme: ChartTheme, title: string, log: boolean) {
  const { ticks, ...rest } = axis(theme, title);
  const callback = (tick: string | number) => formatNumber(Number(tick));
  return {
    type: log ? ("logarithmic" as const) : ("linear" as const),
    ...rest,
    ticks: { ...ticks, maxTicksLimit: 7, callback },
  };
}

export function chartTable(
  headers: readonly string[],
  rows: Iterable<readonly (string | TemplateResult)[]>,
): TemplateResult {
  const body = Array.from(
    rows,
    (cells) =>
      html`<tr>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
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
