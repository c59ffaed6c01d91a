import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { HistoryData } from "../../src/protocol/inspector.js";
import { plural } from "../../src/format/plural.js";
import type { WireDirection, WireTrialState } from "../../src/protocol/wire.js";
import { formatNumber } from "../../src/format/numbers.js";
import { html } from "../html.js";
import { stateLabels } from "../trial-state.js";
import type { Loaded } from "../study-data.js";
import {
  baseOptions,
  ChartElement,
  chartTable,
  countAxis,
  type DrawnConfiguration,
  valueAxis,
} from "./chart-element.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";

interface HistoryPoint {
  readonly x: number;
  readonly y: number;
}

/** Each finished trial's value by its number, and the best so far as a stepped line. */
@customElement("tunelens-history-chart")
export class HistoryChart extends ChartElement {
  @property({ attribute: false }) accessor history: Loaded<HistoryData> = { value: null, error: null };
  @property({ attribute: false }) accessor direction: WireDirection = "minimize";
  @property({ attribute: false }) accessor metric = "Value";
  @property({ type: Boolean }) accessor log = false;

  protected summary(): string | null {
    const { value } = this.history;
    if (value === null || value.points.length === 0) return null;
    const last = value.best.at(-1);
    const best = last === undefined ? "" : ` Best: ${formatNumber(last[1])} at trial ${last[0]}.`;
    return `Optimization history: ${plural(value.points.length, "trial")}, ${this.direction} ${this.metric}.${best}`;
  }

  protected placeholder(): TemplateResult | string {
    const { value, error } = this.history;
    if (error !== null) return html`<span class="error-text">${error}</span>`;
    return value === null ? html`<vscode-progress-ring aria-label="Loading"></vscode-progress-ring>` : "No values yet.";
  }

  protected configuration(theme: ChartTheme): DrawnConfiguration {
    const { points = [], best = [] } = this.history.value ?? {};
    const of = (state: WireTrialState): HistoryPoint[] =>
      points
        .filter((point) => point[2] === state && this.drawable(Number(point[1])))
        .map(([x, y]) => ({ x, y: Number(y) }));
    const line = best.map(([x, y]): HistoryPoint => ({ x, y: Number(y) })).filter(({ y }) => this.drawable(y));
    const lastTrial = points.at(-1)?.[0] ?? 0;
    const lastBest = line.at(-1);
    if (lastBest !== undefined && lastTrial > lastBest.x) line.push({ x: lastTrial, y: lastBest.y });
    const radius = points.length > 500 ? 1.75 : points.length > 150 ? 2.25 : 3;
    return {
      type: "scatter",
      data: {
        datasets: [
          {
            label: "Best",
            data: line,
            showLine: true,
            clip: 8,
            stepped: "before",
            borderColor: theme.accent,
            borderWidth: 1.75,
            pointRadius: (context) => (lastBest !== undefined && context.dataIndex === best.length - 1 ? 4.5 : 0),
            pointHitRadius: 0,
            pointBackgroundColor: theme.accent,
            pointBorderColor: theme.accent,
          },
          dots("COMPLETE", of("COMPLETE"), theme.states.COMPLETE, radius, 0.85),
          dots("PRUNED", of("PRUNED"), theme.states.PRUNED, radius, 0.4),
        ],
      },
      options: this.options(theme, lastTrial),
    };
  }

  protected table(): TemplateResult {
    const { points = [], best = [] } = this.history.value ?? {};
    const bests = new Set(best.map(([number]) => number));
    return chartTable(
      ["Trial", "State", this.metric, "New Best"],
      points.map(([number, value, state]) => [
        `#${number}`,
        stateLabels[state],
        formatNumber(value),
        bests.has(number) ? "★" : "",
      ]),
    );
  }

  private drawable(value: number): boolean {
    return Number.isFinite(value) && (!this.log || value > 0);
  }

  private options(theme: ChartTheme, lastTrial: number): DrawnConfiguration["options"] {
    const base = baseOptions(theme);
    return {
      ...base,
      parsing: false,
      normalized: true,
      interaction: { mode: "nearest", intersect: false, axis: "xy" },
      onClick: (_event, elements, chart) => {
        const hit = elements[0];
        const point = hit && (chart.data.datasets[hit.datasetIndex]?.data[hit.index] as HistoryPoint | undefined);
        if (point) this.select(point.x);
      },
      scales: {
        x: { ...countAxis(theme, "Trial"), min: 0, max: Math.max(lastTrial, 1) },
        y: valueAxis(theme, this.metric, this.log),
      },
      plugins: {
        ...base.plugins,
        tooltip: {
          ...base.plugins.tooltip,
          filter: (item) => item.datasetIndex > 0,
          callbacks: {
            label: (item) => {
              const { x, y } = item.raw as HistoryPoint;
              return `#${x}  ${formatNumber(y)}${item.dataset.label === "PRUNED" ? "  (pruned)" : ""}`;
            },
          },
        },
      },
    };
  }
}

function dots(label: WireTrialState, data: HistoryPoint[], color: string, pointRadius: number, alpha: number) {
  return {
    label,
    data,
    clip: 8,
    pointRadius,
    pointHoverRadius: pointRadius + 2,
    pointBackgroundColor: withAlpha(color, alpha),
    pointHoverBackgroundColor: color,
    pointBorderWidth: 0,
    pointHoverBorderWidth: 0,
    pointBorderColor: color,
  };
}
