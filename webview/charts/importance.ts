import type { Plugin } from "chart.js";
import type { nothing, TemplateResult } from "lit";

import type { ImportanceData, ImportanceEvaluatorName } from "../../src/protocol/charts.js";
import { plural } from "../../src/format/plural.js";
import { shortLine, visibleLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import type { MenuItem } from "../menu.js";
import { objectiveName } from "../objective-name.js";
import { axis, baseOptions } from "./axes.js";
import type { Chart, ChartChoice, ChartContext, ChartStudy } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { objectiveChoice } from "./param-controls.js";

const BAR_PX = 24;
const BRANCH_BAR_PX = 34;
const LABEL_CHARS = 20;
const FRONT = "Pareto front";
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
  computing: ({ evaluator = DEFAULT_EVALUATOR }) =>
    `Computing ${evaluator === "mdi" ? "mean decrease impurity" : evaluatorNames[evaluator]}`,
  controls: (context) => html`${ofObjective(context)} ${evaluatorChoice(context)} ${freezeAny(context)}`,
  empty: ({ trials }) =>
    html`Too few trials.<br />Importance needs at least two complete trials with different values. There
      ${trials === 1 ? "is 1" : `are ${trials}`} complete.`,
  height: ({ importances }) => {
    const isInBranches = labelsOf(importances).some((label) => label.length > 1);
    return importances.length * (isInBranches ? BRANCH_BAR_PX : BAR_PX) + 12;
  },

  summary({ trials, importances }, { study, choice }) {
    if (importances.length === 0) return null;
    const parts = importances.map(
      (bar) => `${shortLine(bar.name, NAME_CHARS)} ${percent(bar.importance)} (${range(bar)})`,
    );
    const goal = study.directions.length > 1 ? ` for ${goalOf(study, choice)}` : "";
    return `Parameter importance${goal} from ${plural(trials, "complete trial")}: ${parts.join(", ")}.`;
  },

  draw({ importances }, context, theme) {
    const { choice } = context;
    const base = baseOptions(theme);
    const color = theme.states.COMPLETE;
    return {
      type: "bar",
      data: {
        labels: labelsOf(importances),
        datasets: [
          {
            data: importances.map(({ importance }) => importance),
            backgroundColor: importances.map(({ name }) => withAlpha(color, name === choice.param ? 1 : 0.75)),
            borderColor: theme.foreground,
            borderWidth: importances.map(({ name }) => (name === choice.param ? 1 : 0)),
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
        onClick: ({ x, y }, elements) => {
          const bar = importances[elements[0]?.index ?? -1];
          if (bar !== undefined) selectParam(bar, context, { x: x ?? 0, y: y ?? 0 });
        },
        onHover: ({ native }, elements) => {
          (native?.target as HTMLElement).style.cursor = elements.length > 0 ? "pointer" : "default";
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

function evaluatorChoice({ study, choice, choose }: ChartContext<"importance">): TemplateResult {
  return html`<vscode-dropdown
    aria-label="How importance is computed"
    .value=${choice.evaluator ?? DEFAULT_EVALUATOR}
    @change=${({ target }: Event) =>
      choose(withEvaluator(study, choice, (target as HTMLSelectElement).value as ImportanceEvaluatorName))}
  >
    ${Object.entries(evaluatorNames).map(([value, name]) => html`<vscode-option value=${value}>${name}</vscode-option>`)}
  </vscode-dropdown>`;
}

function withEvaluator(
  { directions }: ChartStudy,
  { objective }: ChartChoice<"importance">,
  evaluator: ImportanceEvaluatorName,
): ChartChoice<"importance"> {
  const needsObjective = evaluator !== "ped-anova" && directions.length > 1;
  return { evaluator, ...(needsObjective ? { objective: objective ?? 0 } : {}) };
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

/** Selects a parameter, and offers what can be done with it. */
function selectParam(
  bar: Bar,
  context: ChartContext<"importance">,
  at: { readonly x: number; readonly y: number },
): void {
  context.choose({ param: bar.name });
  const items: MenuItem[] = [
    { label: "Freeze…", disabled: context.blocked, choose: () => freeze(bar, context) },
    { label: "Show Slice Plot", choose: () => context.show("slice", { params: [bar.name] }) },
  ];
  context.offer(shortLine(bar.name, NAME_CHARS), items, at);
}

/** The last name, and below it, of a branch's parameter, the branch: the whole name is in the tooltip. */
function labelsOf(bars: readonly Bar[]): string[][] {
  const names = new Set(bars.map(({ name }) => name));
  return bars.map(({ name }) => {
    const path = name.split(".");
    const branch = path.slice(0, -2).join(".");
    if (path.length < 3) return [barLabel(visibleLine(name))];
    const [kind, own] = path.slice(-2) as [string, string];
    const where = names.has(branch) ? `${path.at(-3)} = ${kind}` : path.slice(0, -1).join(".");
    return [barLabel(visibleLine(own)), barLabel(visibleLine(where))];
  });
}

function barLabel(name: string): string {
  return name.length > LABEL_CHARS ? `…${name.slice(1 - LABEL_CHARS)}` : name;
}

/** PED-ANOVA can say what decides whether a trial is on the Pareto front; the others need one objective. */
function ofObjective(context: ChartContext<"importance">): TemplateResult | typeof nothing {
  const { evaluator = DEFAULT_EVALUATOR } = context.choice;
  return objectiveChoice(context, evaluator === "ped-anova" ? FRONT : undefined);
}

function goalOf(study: ChartStudy, { objective }: ChartChoice<"importance">): string {
  return objective === undefined ? `the ${FRONT}` : objectiveName(study, objective);
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
