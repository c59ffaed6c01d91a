import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { LearningCurve } from "../../src/protocol/inspector.js";
import { plural } from "../../src/format/plural.js";
import type { WireTrialState } from "../../src/protocol/wire.js";
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

interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** How visible a curve is by its trial's state: the pruned ones are the background the others stand out from. */
const alphas: Readonly<Record<WireTrialState, number>> = {
  COMPLETE: 0.6,
  RUNNING: 1,
  PRUNED: 0.28,
  FAIL: 0.4,
  WAITING: 0.3,
};

/** What trials reported at each step, one line a trial; the best on top, running ones growing. */
@customElement("tunelens-curves-chart")
export class CurvesChart extends ChartElement {
  @property({ attribute: false }) accessor curves: Loaded<readonly LearningCurve[]> = { value: null, error: null };
  @property({ attribute: false }) accessor best: number | null = null;
  @property({ attribute: false }) accessor metric = "Reported value";
  @property({ type: Boolean }) accessor log = false;

  protected summary(): string | null {
    const drawn = this.ordered();
    if (drawn.length === 0) return null;
    const running = drawn.filter(({ state }) => state === "RUNNING").map(({ number }) => `#${number}`);
    return `Learning curves of ${plural(drawn.length, "trial")}.${running.length ? ` Running: ${running.join(", ")}.` : ""}`;
  }

  protected placeholder(): TemplateResult | string {
    const { value, error } = this.curves;
    if (error !== null) return html`<span class="error-text">${error}</span>`;
    if (value === null) return html`<vscode-progress-ring aria-label="Loading"></vscode-progress-ring>`;
    return "No trial has reported intermediate values.";
  }

  protected configuration(theme: ChartTheme): DrawnConfiguration {
    const base = baseOptions(theme);
    return {
      type: "line",
      data: { datasets: this.ordered().map((curve) => this.curveDataset(curve, theme)) },
      options: {
        ...base,
        parsing: false,
        normalized: true,
        interaction: { mode: "nearest", intersect: false, axis: "xy" },
        onClick: (_event, elements) => {
          const curve = elements[0] && this.ordered()[elements[0].datasetIndex];
          if (curve) this.select(curve.number);
        },
        scales: {
          x: countAxis(theme, "Step"),
          y: valueAxis(theme, this.metric, this.log),
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins.tooltip,
            callbacks: {
              title: ([item]) => item?.dataset.label ?? "",
              label: (item) => {
                const { x, y } = item.raw as CurvePoint;
                return `step ${x}: ${formatNumber(y)}`;
              },
            },
          },
        },
      },
    };
  }

  protected table(): TemplateResult {
    return chartTable(
      ["Trial", "State", "Steps", "First", "Last"],
      this.ordered().map(({ number, state, points }) => [
        `#${number}`,
        stateLabels[state],
        String(points.length),
        formatNumber(points[0]![1]),
        formatNumber(points.at(-1)![1]),
      ]),
    );
  }

  /** As they lie above each other: the best, what runs, complete ones, the others; the latest first. */
  private ordered(): LearningCurve[] {
    const rank = ({ number, state }: LearningCurve) =>
      number === this.best ? 0 : state === "RUNNING" ? 1 : state === "COMPLETE" ? 2 : 3;
    return (this.curves.value ?? [])
      .filter(({ points }) => points.length > 0)
      .toSorted((a, b) => rank(a) - rank(b) || b.number - a.number);
  }

  private curveDataset({ number, state, points }: LearningCurve, theme: ChartTheme) {
    const isBest = number === this.best;
    const color = isBest ? theme.accent : theme.states[state];
    const isEmphasised = isBest || state === "RUNNING";
    return {
      label: `#${number} · ${isBest ? "best" : state.toLowerCase()}`,
      data: points.map(([x, y]): CurvePoint => ({ x, y: this.log && Number(y) <= 0 ? NaN : finiteOrGap(Number(y)) })),
      borderColor: withAlpha(color, isBest ? 1 : alphas[state]),
      hoverBorderColor: color,
      borderWidth: isEmphasised ? 2 : 1.25,
      hoverBorderWidth: 2.5,
      pointRadius: (context: { dataIndex: number }) => {
        if (state === "RUNNING" && context.dataIndex === points.length - 1) return 3;
        return points.length === 1 ? 1.5 : 0;
      },
      pointHoverRadius: 4,
      pointBackgroundColor: withAlpha(color, isBest ? 1 : alphas[state]),
      pointHoverBackgroundColor: color,
      pointBorderWidth: 0,
      pointHitRadius: 6,
      tension: 0,
    };
  }
}

function finiteOrGap(value: number): number {
  return Number.isFinite(value) ? value : NaN;
}
