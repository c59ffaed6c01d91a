import type { ChartConfiguration, ChartDataset } from "chart.js";
import { nothing, type TemplateResult } from "lit";

import type { ImportanceData, ImportanceEvaluatorName, ParamImportance } from "../../src/protocol/charts.js";
import { formatImportance, formatInterval } from "../../src/format/importance.js";
import { plural } from "../../src/format/plural.js";
import { shortLine, visibleLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import type { MenuItem } from "../menu.js";
import { objectiveName } from "../objective-name.js";
import { axis, baseOptions } from "./axes.js";
import type { Chart, ChartChoice, ChartContext, ChartStudy } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { barLabels, whiskers } from "./importance-marks.js";
import { seriesLegend } from "./study-lines.js";

const BAR_PX = 24;
const BRANCH_BAR_PX = 34;
/** Of each objective's, side by side. */
const GROUPED_BAR_PX = 14;
const LEGEND_PX = 24;
/** More would be cut in the narrowest of the cards, which give the names half of their width. */
const LABEL_CHARS = 17;
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
  zoom: "x",
  // PED-ANOVA takes milliseconds; the others grow a forest.
  intervalMs: ({ evaluator = DEFAULT_EVALUATOR }) => (evaluator === "ped-anova" ? 2_000 : 10_000),
  computing: ({ evaluator = DEFAULT_EVALUATOR }) =>
    `Computing ${evaluator === "mdi" ? "mean decrease impurity" : evaluatorNames[evaluator]}`,
  asked: ({ each, ...choice }, _selected, study) => ({
    ...choice,
    ...(isOfEach({ each, ...choice }, study) && { each: true }),
  }),
  controls: (context) => html`${goalChoice(context)} ${evaluatorChoice(context)} ${freezeAny(context)}`,
  empty: ({ trials }) =>
    trials < 2
      ? html`Too few trials.<br />Importance needs at least two complete trials with different values. There is
          ${trials === 1 ? "one" : "none"}.`
      : html`Nothing to explain.<br />The complete trials have the same value, or the same parameters.`,
  height(data) {
    const params = paramsOf(data);
    const isInBranches = labelsOf(params).some((label) => label.length > 1);
    const bars = data.each === undefined ? BAR_PX : data.each.length * GROUPED_BAR_PX + 8;
    return (
      params.length * Math.max(bars, isInBranches ? BRANCH_BAR_PX : 0) + 12 + (data.each === undefined ? 0 : LEGEND_PX)
    );
  },

  summary(data, { study, choice }) {
    if (data.importances.length === 0) return null;
    const trials = plural(data.trials, "complete trial");
    if (data.each === undefined) {
      const goal = study.directions.length > 1 ? ` for ${goalOf(study, choice)}` : "";
      return `Parameter importance${goal} from ${trials}: ${listed(data.importances)}.`;
    }
    const all = data.each.map((bars, i) => `${shortObjective(study, i)}: ${listed(bars)}`);
    return `Parameter importance for each objective from ${trials}. ${all.join("; ")}.`;
  },

  draw(data, context, theme) {
    const params = paramsOf(data);
    const groups = groupsOf(data, params);
    const names = data.each?.map((_, i) => shortObjective(context.study, i)) ?? null;
    const color = (i: number) => (names ? theme.series[i % theme.series.length]! : theme.states.COMPLETE);
    return {
      type: "bar",
      data: {
        labels: labelsOf(params),
        datasets: groups.map((bars, i) => ({
          ...barStyle(bars, color(i), context.choice, theme),
          label: names?.[i] ?? "",
        })),
      },
      options: {
        ...options(groups, names, theme),
        onClick: ({ x, y }, elements) => {
          const param = params[elements[0]?.index ?? -1];
          if (param !== undefined) selectParam(param, context, { x: x ?? 0, y: y ?? 0 });
        },
      },
      plugins: [whiskers(groups, theme), barLabels(groups)],
    };
  },

  table(data, context) {
    const params = paramsOf(data);
    const groups = groupsOf(data, params);
    const names = groups.map((_, i) => (data.each === undefined ? "" : ` for ${shortObjective(context.study, i)}`));
    return {
      headers: ["Parameter", ...names.flatMap((of) => [`Importance${of}`, `90% interval${of}`]), "Follow-up"],
      rows: params.map((param, row) => [
        param,
        ...groups.flatMap((bars) => [bars[row]!.importance, formatInterval(bars[row]!.interval)]),
        freezeOne(param, context),
      ]),
    };
  },
};

/** @param names of the objectives whose bars stand side by side; null: those of one stand alone. */
function options(
  groups: readonly (readonly ParamImportance[])[],
  names: readonly string[] | null,
  theme: ChartTheme,
): NonNullable<ChartConfiguration<"bar">["options"]> {
  const base = baseOptions(theme);
  const most = Math.max(0, ...groups.flat().map(({ interval }) => interval[1]));
  const barAt = (group: number, index: number) => groups[group]![index]!;
  const nameOf = (bar: ParamImportance) => shortLine(bar.name, NAME_CHARS);
  return {
    ...base,
    indexAxis: "y",
    // The whole line of a parameter: a bar that is nearly nothing cannot be hit.
    interaction: { mode: "index", axis: "y", intersect: false },
    onHover: ({ native }, elements) => {
      (native?.target as HTMLElement).style.cursor = elements.length > 0 ? "pointer" : "default";
    },
    // Room for "100.0%".
    layout: { padding: { right: 60 } },
    scales: {
      x: { display: false, min: 0, max: most || 1 },
      y: { ...axis(theme, "", false), ticks: { ...axis(theme, "").ticks, autoSkip: false, color: theme.foreground } },
    },
    plugins: {
      ...base.plugins,
      legend: names ? seriesLegend(names.length, theme, "bars") : base.plugins.legend,
      tooltip: {
        ...base.plugins.tooltip,
        callbacks: {
          title: ([item]) => (names && item ? nameOf(barAt(item.datasetIndex, item.dataIndex)) : ""),
          label: ({ dataIndex, datasetIndex }) => {
            const bar = barAt(datasetIndex, dataIndex);
            const name = names ? `${names[datasetIndex]}:` : `${nameOf(bar)} `;
            return `${name} ${formatImportance(bar.importance)}, 90% interval: ${formatInterval(bar.interval)}`;
          },
        },
      },
    },
  };
}

function barStyle(
  bars: readonly ParamImportance[],
  color: string,
  { param }: ChartChoice<"importance">,
  theme: ChartTheme,
): ChartDataset<"bar"> {
  return {
    data: bars.map(({ importance }) => importance),
    backgroundColor: bars.map(({ name }) => withAlpha(color, name === param ? 1 : 0.75)),
    borderColor: theme.foreground,
    borderWidth: bars.map(({ name }) => (name === param ? 1 : 0)),
    hoverBackgroundColor: color,
    borderRadius: 2,
    barPercentage: 0.72,
    categoryPercentage: 0.9,
    maxBarThickness: 18,
    minBarLength: 2,
  };
}

/** As they stand below each other: by how important they are, on average of the objectives. */
function paramsOf({ importances, each = [importances] }: ImportanceData): readonly string[] {
  const sums = new Map<string, number>();
  for (const { name, importance } of each.flat()) sums.set(name, (sums.get(name) ?? 0) + importance);
  return [...sums].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

/** By objective, a bar for each parameter. */
function groupsOf({ importances, each = [importances] }: ImportanceData, params: readonly string[]) {
  return each.map((bars) => {
    const byName = new Map(bars.map((bar) => [bar.name, bar]));
    return params.map((name) => byName.get(name) ?? { name, importance: 0, interval: [0, 0] as const });
  });
}

function listed(bars: readonly ParamImportance[]): string {
  return bars
    .map(
      (bar) =>
        `${shortLine(bar.name, NAME_CHARS)} ${formatImportance(bar.importance)} (${formatInterval(bar.interval)})`,
    )
    .join(", ");
}

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
  { objective, each }: ChartChoice<"importance">,
  evaluator: ImportanceEvaluatorName,
): ChartChoice<"importance"> {
  const cannotFront = evaluator !== "ped-anova" && directions.length > 1 && objective === undefined && each === false;
  return { evaluator, ...(cannotFront ? { each: true } : {}) };
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

function freezeOne(param: string, context: ChartContext<"importance">): TemplateResult {
  const { blocked } = context;
  return html`<button
    class="icon-button"
    title=${blocked ?? `Freeze ${param} in a follow-up study`}
    aria-label="Freeze ${param} in a follow-up study"
    ?disabled=${blocked !== null}
    @click=${() => freeze(param, context)}
  >
    ${icon("lock")}
  </button>`;
}

function freeze(param: string, { blocked, act }: ChartContext<"importance">): void {
  if (blocked === null) act({ type: "freeze", param });
}

/** Selects a parameter, and offers what can be done with it. */
function selectParam(
  param: string,
  context: ChartContext<"importance">,
  at: { readonly x: number; readonly y: number },
): void {
  context.choose({ param });
  const items: MenuItem[] = [
    { label: "Freeze…", disabled: context.blocked, choose: () => freeze(param, context) },
    { label: "Show Slice Plot", choose: () => context.show("slice", { params: [param] }) },
  ];
  context.offer(shortLine(param, NAME_CHARS), items, at);
}

/** The last name, and below it, of a branch's parameter, the branch: the whole name is in the tooltip. */
function labelsOf(params: readonly string[]): string[][] {
  const names = new Set(params);
  return params.map((name) => {
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

/** Each objective, unless one or the front was chosen. */
function isOfEach({ each, objective }: ChartChoice<"importance">, { directions }: ChartStudy): boolean {
  return directions.length > 1 && objective === undefined && each !== false;
}

/** Of several objectives: each, one, or what decides whether a trial is on the Pareto front, which only PED-ANOVA can say. */
function goalChoice({ study, choice, choose }: ChartContext<"importance">): TemplateResult | typeof nothing {
  if (study.directions.length < 2) return nothing;
  const { evaluator = DEFAULT_EVALUATOR, objective } = choice;
  const goals: readonly (readonly [key: string, name: string, choice: ChartChoice<"importance">])[] = [
    ["each", "Each objective", { objective: undefined, each: undefined }],
    ...(evaluator === "ped-anova" ? [["front", FRONT, { objective: undefined, each: false }] as const] : []),
    ...study.directions.map(
      (_, i) => [String(i), shortObjective(study, i), { objective: i, each: undefined }] as const,
    ),
  ];
  return html`<vscode-dropdown
    aria-label="Objective"
    .value=${isOfEach(choice, study) ? "each" : String(objective ?? "front")}
    @change=${({ target }: Event) => {
      const [, , chosen] = goals.find(([key]) => key === (target as HTMLSelectElement).value) ?? goals[0]!;
      choose(chosen);
    }}
  >
    ${goals.map(([key, name]) => html`<vscode-option .value=${key}>${name}</vscode-option>`)}
  </vscode-dropdown>`;
}

function shortObjective(study: ChartStudy, objective: number): string {
  return shortLine(objectiveName(study, objective), NAME_CHARS);
}

function goalOf(study: ChartStudy, { objective }: ChartChoice<"importance">): string {
  return objective === undefined ? `the ${FRONT}` : objectiveName(study, objective);
}
