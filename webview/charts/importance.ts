import type { Plugin } from "chart.js";
import type { TemplateResult } from "lit";

import type { ImportanceData, ImportanceEvaluatorName } from "../../src/protocol/charts.js";
import { plural } from "../../src/format/plural.js";
import { shortLine, visibleLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { axis, baseOptions } from "./axes.js";
import type { Chart, ChartContext } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";

const BAR_PX = 24;
const LABEL_CHARS = 18;
const NAME_CHARS = 60;

const DEFAULT_EVALUATOR: ImportanceEvaluatorName = "ped-anova";

const evaluatorNames: Readonly<Record<ImportanceEvaluatorName, string>> = {
  "ped-anova": "PED-ANOVA",
  fanova: "fANOVA",
  mdi: "Mean decrease impurity",
};

/** How much of the value's variation each parameter explains, as horizontal bars. */
export const importance: Chart<"importance"> = {
  title: "Parameter Importance",
  about: "How much each parameter decides the outcome.",
  shortTitle: "Importance",
  zoom: "x",
  // PED-ANOVA takes milliseconds; the others grow a forest.
  intervalMs: ({ evaluator = DEFAULT_EVALUATOR }) => (evaluator === "ped-anova" ? 2_000 : 10_000),
  unavailable: ({ directions }) =>
    directions.length > 1 ? "Importance is available only for studies with one objective." : null,
  computing: ({ evaluator = DEFAULT_EVALUATOR }) =>
    `Computing ${evaluator === "mdi" ? "mean decrease impurity" : evaluatorNames[evaluator]}`,
  controls: (context) => html`${evaluatorChoice(context)} ${freezeAny(context)}`,
  empty: ({ trials }) =>
    html`Too few trials.<br />Importance needs at least two complete trials with different values. There
      ${trials === 1 ? "is 1" : `are ${trials}`} complete.`,
  height: ({ importances }) => importances.length * BAR_PX + 12,

  summary({ trials, importances }) {
    if (importances.length === 0) return null;
    const parts = importances.map(
      (bar) => `${shortLine(bar.name, NAME_CHARS)} ${percent(bar.importance)} (${range(bar)})`,
    );
    return `Parameter importance from ${plural(trials, "complete trial")}: ${parts.join(", ")}.`;
  },

  draw({ importances }, context, theme) {
    const { blocked } = context;
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
        onClick: (_event, elements) => freeze(importances[elements[0]?.index ?? -1], context),
        onHover: ({ native }, elements) => {
          const canFreeze = elements.length > 0 && blocked === null;
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
                  : `${shortLine(bar.name, NAME_CHARS)}  ${percent(bar.importance)}, 90% interval: ${range(bar)}`;
              },
              afterLabel: () => (blocked === null ? "Click to freeze in a follow-up study" : ""),
            },
          },
        },
      },
      plugins: [whiskers(importances, theme), barLabels(importances)],
    };
  },

  table: ({ importances }, context) => ({
    headers: ["Parameter", "Importance", "90% interval", "Follow-up"],
    rows: importances.map((bar) => [bar.name, bar.importance, range(bar), freezeOne(bar, context)]),
  }),
};

function evaluatorChoice({ choice, choose }: ChartContext<"importance">): TemplateResult {
  return html`<vscode-dropdown
    aria-label="How importance is computed"
    .value=${choice.evaluator ?? DEFAULT_EVALUATOR}
    @change=${({ target }: Event) =>
      choose({ evaluator: (target as HTMLSelectElement).value as ImportanceEvaluatorName })}
  >
    ${Object.entries(evaluatorNames).map(([value, name]) => html`<vscode-option value=${value}>${name}</vscode-option>`)}
  </vscode-dropdown>`;
}

/** Which one, the editor asks. */
function freezeAny({ study, blocked, act }: ChartContext<"importance">): TemplateResult {
  return html`<button
    class="icon-button"
    title=${blocked ?? "Freeze a parameter in a follow-up study"}
    aria-label="Freeze a parameter"
    ?disabled=${blocked !== null || !study.hasComplete}
    @click=${() => act({ type: "freeze" })}
  >
    ${icon("lock")}
  </button>`;
}

function freezeOne(bar: Bar, context: ChartContext<"importance">): TemplateResult {
  const { blocked } = context;
  return html`<button
    class="icon-button"
    title=${blocked ?? `Freeze ${bar.name} in a follow-up study`}
    aria-label="Freeze ${bar.name} in a follow-up study"
    ?disabled=${blocked !== null}
    @click=${() => freeze(bar, context)}
  >
    ${icon("lock")}
  </button>`;
}

function freeze(bar: Bar | undefined, { blocked, act }: ChartContext<"importance">): void {
  if (bar && blocked === null) act({ type: "freeze", param: bar.name });
}

/** The end of a branch's parameter says more than its beginning: `…adam.learningRate`. */
function barLabel(name: string): string {
  return name.length > LABEL_CHARS ? `…${name.slice(1 - LABEL_CHARS)}` : name;
}

type Bar = ImportanceData["importances"][number];

/** A line from end to end of each bar's interval: a long one says that the bar means little yet. */
function whiskers(bars: readonly Bar[], theme: ChartTheme): Plugin<"bar"> {
  return {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart;
      ctx.save();
      ctx.strokeStyle = theme.foreground;
      ctx.globalAlpha = 0.8;
      ctx.beginPath();
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const interval = bars[index]?.interval;
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
function barLabels(bars: readonly Bar[]): Plugin<"bar"> {
  return {
    id: "barLabels",
    afterDatasetsDraw(chart) {
      const { ctx, options, scales } = chart;
      ctx.save();
      ctx.fillStyle = options.color as string;
      ctx.textBaseline = "middle";
      const font = options.font as { size: number; family: string };
      ctx.font = `${font.size}px ${font.family}`;
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const found = bars[index];
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
