import type { Plugin } from "chart.js";
import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { ImportanceData } from "../../src/protocol/inspector.js";
import type { Loaded } from "../study-data.js";
import { axis, baseOptions, ChartElement, chartTable, type DrawnConfiguration } from "./chart-element.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";

const BAR_PX = 24;
const LABEL_CHARS = 18;

/** How much of the value's variation each parameter explains, as horizontal bars. */
@customElement("tunelens-importance-chart")
export class ImportanceChart extends ChartElement {
  @property({ attribute: false }) accessor importance: Loaded<ImportanceData> = { value: null, error: null };
  @property({ attribute: false }) accessor objectives = 1;

  protected summary(): string | null {
    const { value } = this.importance;
    if (value === null || value.importances.length === 0) return null;
    const parts = value.importances.map(({ name, importance }) => `${name} ${percent(importance)}`);
    return `Hyperparameter importance from ${value.trials} complete trials: ${parts.join(", ")}.`;
  }

  protected placeholder(): TemplateResult | string {
    if (this.objectives > 1) return "Importance is shown for studies with one objective.";
    const { value, error } = this.importance;
    if (error !== null) return html`<span class="error-text">${error}</span>`;
    if (value === null) return html`<vscode-progress-ring aria-label="Computing"></vscode-progress-ring>`;
    return html`Too few trials.<br />At least two complete trials with different values are needed; there
      ${value.trials === 1 ? "is 1" : `are ${value.trials}`} complete.`;
  }

  protected override height(): number {
    return (this.importance.value?.importances.length ?? 0) * BAR_PX + 12;
  }

  protected configuration(theme: ChartTheme): DrawnConfiguration {
    const importances = this.importance.value?.importances ?? [];
    const base = baseOptions(theme);
    const color = theme.states.COMPLETE;
    return {
      type: "bar",
      data: {
        // The end of a branch's parameter says more than its beginning: …adam.learningRate.
        labels: importances.map(({ name }) => (name.length > LABEL_CHARS ? `…${name.slice(1 - LABEL_CHARS)}` : name)),
        datasets: [
          {
            data: importances.map(({ importance }) => importance),
            backgroundColor: withAlpha(color, 0.75),
            hoverBackgroundColor: color,
            borderRadius: 2,
            barPercentage: 0.72,
            categoryPercentage: 0.9,
            maxBarThickness: 18,
            minBarLength: 2,
          },
        ],
      },
      options: {
        ...base,
        indexAxis: "y",
        layout: { padding: { right: 48 } },
        scales: {
          x: { display: false, min: 0 },
          y: {
            ...axis(theme, "", false),
            ticks: { ...axis(theme, "").ticks, autoSkip: false, color: theme.foreground },
          },
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins.tooltip,
            callbacks: {
              title: () => "",
              label: ({ dataIndex }) => {
                const bar = importances[dataIndex];
                return bar === undefined ? "" : `${bar.name}  ${bar.importance.toFixed(4)}`;
              },
            },
          },
        },
      },
      plugins: [barLabels(() => this.importance.value)],
    };
  }

  protected table(): TemplateResult {
    const rows = this.importance.value?.importances ?? [];
    return chartTable(
      ["Parameter", "Importance"],
      rows.map(({ name, importance }) => [name, importance.toFixed(4)]),
    );
  }
}

/** Writes each bar's share behind its end. */
function barLabels(data: () => ImportanceData | null): Plugin<"bar"> {
  return {
    id: "barLabels",
    afterDatasetsDraw(chart) {
      const { ctx, options } = chart;
      ctx.save();
      ctx.fillStyle = String(options.color);
      ctx.textBaseline = "middle";
      const font = options.font as { size: number; family: string };
      ctx.font = `${font.size}px ${font.family}`;
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const importance = data()?.importances[index]?.importance;
        if (importance !== undefined) ctx.fillText(percent(importance), bar.x + 6, bar.y);
      });
      ctx.restore();
    },
  };
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1 %";
  return `${(share * 100).toFixed(1)} %`;
}
