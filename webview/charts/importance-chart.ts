import type { Plugin } from "chart.js";
import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { ImportanceData } from "../../src/protocol/inspector.js";
import { plural } from "../../src/format/plural.js";
import { emit } from "../events.js";
import { visibleLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
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
  /** Why no parameter can be frozen now, or null. */
  @property({ attribute: false }) accessor freezeBlocked: string | null = null;

  protected summary(): string | null {
    const { value } = this.importance;
    if (value === null || value.importances.length === 0) return null;
    const parts = value.importances.map((bar) => `${bar.name} ${percent(bar.importance)} (${range(bar)})`);
    return `Parameter importance from ${plural(value.trials, "complete trial")}: ${parts.join(", ")}.`;
  }

  protected placeholder(): TemplateResult | string {
    if (this.objectives > 1) return "Importance is available only for studies with one objective.";
    const { value, error } = this.importance;
    if (error !== null) return html`<span class="error-text">${error}</span>`;
    if (value === null) return html`<vscode-progress-ring aria-label="Computing"></vscode-progress-ring>`;
    return html`Too few trials.<br />Importance needs at least two complete trials with different values. There
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
        labels: importances.map(({ name }) => barLabel(visibleLine(name))),
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
        // The whole line of a parameter: a bar that is nearly nothing cannot be hit.
        interaction: { mode: "index", axis: "y", intersect: false },
        onClick: (_event, elements) => this.freeze(importances[elements[0]?.index ?? -1]),
        onHover: ({ native }, elements) => {
          const canFreeze = elements.length > 0 && this.freezeBlocked === null;
          (native?.target as HTMLElement).style.cursor = canFreeze ? "pointer" : "default";
        },
        // Room for "100.0%".
        layout: { padding: { right: 60 } },
        scales: {
          x: { display: false, min: 0, max: Math.max(0, ...importances.map(({ interval }) => interval[1])) || 1 },
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
                return bar === undefined
                  ? ""
                  : `${visibleLine(bar.name)}  ${percent(bar.importance)}, 90% interval: ${range(bar)}`;
              },
              afterLabel: () => (this.freezeBlocked === null ? "Click to freeze in a follow-up study" : ""),
            },
          },
        },
      },
      plugins: [whiskers(theme, () => this.importance.value), barLabels(() => this.importance.value)],
    };
  }

  protected table(): TemplateResult {
    const rows = this.importance.value?.importances ?? [];
    return chartTable(
      ["Parameter", "Importance", "90% interval", "Follow-up"],
      rows.map((bar) => [bar.name, bar.importance.toFixed(4), range(bar), this.freezeButton(bar)]),
    );
  }

  private freezeButton(bar: Bar): TemplateResult {
    return html`<button
      class="icon-button"
      title=${this.freezeBlocked ?? `Freeze ${bar.name} in a follow-up study`}
      aria-label="Freeze ${bar.name} in a follow-up study"
      ?disabled=${this.freezeBlocked !== null}
      @click=${() => this.freeze(bar)}
    >
      ${icon("lock")}
    </button>`;
  }

  private freeze(bar: Bar | undefined): void {
    if (bar && this.freezeBlocked === null) emit(this, "act", { type: "freeze", param: bar.name });
  }
}

/** The end of a branch's parameter says more than its beginning: `…adam.learningRate`. */
function barLabel(name: string): string {
  return name.length > LABEL_CHARS ? `…${name.slice(1 - LABEL_CHARS)}` : name;
}

type Bar = ImportanceData["importances"][number];

/** A line from end to end of each bar's interval: a long one says that the bar means little yet. */
function whiskers(theme: ChartTheme, data: () => ImportanceData | null): Plugin<"bar"> {
  return {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart;
      ctx.save();
      ctx.strokeStyle = theme.foreground;
      ctx.globalAlpha = 0.8;
      ctx.beginPath();
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const interval = data()?.importances[index]?.interval;
        if (interval === undefined) return;
        const [low, high] = interval.map((end) => scales["x"]!.getPixelForValue(end));
        ctx.moveTo(low!, bar.y);
        ctx.lineTo(high!, bar.y);
        for (const end of [low!, high!]) {
          ctx.moveTo(end, bar.y - 3);
          ctx.lineTo(end, bar.y + 3);
        }
      });
      ctx.stroke();
      ctx.restore();
    },
  };
}

/** Writes each bar's share behind its end and its interval's. */
function barLabels(data: () => ImportanceData | null): Plugin<"bar"> {
  return {
    id: "barLabels",
    afterDatasetsDraw(chart) {
      const { ctx, options, scales } = chart;
      ctx.save();
      ctx.fillStyle = String(options.color);
      ctx.textBaseline = "middle";
      const font = options.font as { size: number; family: string };
      ctx.font = `${font.size}px ${font.family}`;
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const found = data()?.importances[index];
        if (found === undefined) return;
        const end = Math.max(bar.x, scales["x"]!.getPixelForValue(found.interval[1]));
        ctx.fillText(percent(found.importance), end + 6, bar.y);
      });
      ctx.restore();
    },
  };
}

function range({ interval }: Bar): string {
  return `${interval.map((end) => (end * 100).toFixed(0)).join("–")}%`;
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1%";
  return `${(share * 100).toFixed(1)}%`;
}
