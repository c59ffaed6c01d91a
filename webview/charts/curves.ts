import type { LearningCurve } from "../../src/protocol/charts.js";
import type { WireTrialState } from "../../src/protocol/wire.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { stateLabels } from "../trial-state.js";
import type { TemplateResult } from "lit";
import { pointOptions, countAxis, valueAxis } from "./axes.js";
import type { Chart, ChartChoice, ChartContext, ChartStudy } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { trialLegend } from "./controls.js";

interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

const MAX_TRIALS = 500;

/** Which trials' curves. */
const choices = {
  mixed: { name: "Best and Latest", choice: {} },
  best10: { name: "Best 10", choice: { which: "best", limit: 10 } },
  best50: { name: "Best 50", choice: { which: "best", limit: 50 } },
  latest10: { name: "Latest 10", choice: { which: "latest", limit: 10 } },
  latest50: { name: "Latest 50", choice: { which: "latest", limit: 50 } },
  selected: { name: "Selected", choice: { selectedOnly: true } },
  all: { name: "All, by Density", choice: { which: "spread", limit: MAX_TRIALS } },
} as const satisfies Readonly<Record<string, { name: string; choice: ChartChoice<"curves"> }>>;

/** How visible a curve is by its trial's state: the pruned ones are the background the others stand out from. */
const alphas: Readonly<Record<WireTrialState, number>> = {
  COMPLETE: 0.6,
  RUNNING: 1,
  PRUNED: 0.28,
  FAIL: 0.4,
  WAITING: 0.3,
};

/** What trials reported at each step, one line a trial; the best on top, running ones growing. */
export const curves: Chart<"curves"> = {
  title: "Learning Curves",
  shortTitle: "Curves",
  about: "What trials reported, step by step.",
  intervalMs: () => 700,
  unavailable: ({ directions }) =>
    directions.length > 1 ? "Trials with several objectives report no intermediate values." : null,
  note: ({ directions, hasRunning }) => (directions.length > 1 ? "" : trialLegend(hasRunning)),
  asked: ({ selectedOnly, ...choice }, selected) =>
    selectedOnly ? { ...choice, trials: selected.slice(0, MAX_TRIALS) } : choice,
  controls: curveChoice,
  hasLog: true,
  empty: () => "None of these trials has reported intermediate values.",

  summary(data, { study }) {
    const drawn = ordered(data, study);
    if (drawn.length === 0) return null;
    const running = drawn.filter(({ state }) => state === "RUNNING").map(({ number }) => `#${number}`);
    return `Learning curves of ${plural(drawn.length, "trial")}.${running.length ? ` Running: ${running.join(", ")}.` : ""}`;
  },

  draw(data, context, theme) {
    const { study, choice } = context;
    const drawn = ordered(data, study);
    const base = pointOptions(theme);
    return {
      type: "line",
      data: { datasets: drawn.map((curve) => dataset(curve, context, theme, drawn.length)) },
      options: {
        ...base,
        scales: {
          x: countAxis(theme, "Step"),
          y: valueAxis(theme, metric(study), choice.log === true),
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins.tooltip,
            callbacks: {
              title: ([item]) => `Trial ${item?.dataset.label ?? ""}`,
              label: (item) => {
                const { x, y } = item.raw as CurvePoint;
                return `step ${x}: ${formatNumber(y)}`;
              },
            },
          },
        },
      },
    };
  },

  table: (data, { study }) => ({
    headers: ["Trial", "State", "Steps", "First", "Last"],
    rows: ordered(data, study).map(({ number, state, points }) => [
      { trial: number },
      stateLabels[state],
      points.length,
      points[0]![1],
      points.at(-1)![1],
    ]),
  }),
};

function metric(study: ChartStudy): string {
  const name = objectiveName(study);
  return name === "Value" ? "Reported value" : name;
}

/** As they lie above each other: the best, what runs, complete ones, the others; the latest first. */
function ordered(curves: readonly LearningCurve[], { best }: ChartStudy): readonly LearningCurve[] {
  const rank = ({ number, state }: LearningCurve) =>
    number === best ? 0 : state === "RUNNING" ? 1 : state === "COMPLETE" ? 2 : 3;
  return curves.filter(({ points }) => points.length > 0).toSorted((a, b) => rank(a) - rank(b) || b.number - a.number);
}

function dataset(
  { number, state, points }: LearningCurve,
  { study, choice }: ChartContext<"curves">,
  theme: ChartTheme,
  count: number,
) {
  const isBest = number === study.best;
  const color = isBest ? theme.accent : theme.states[state];
  const isEmphasized = isBest || state === "RUNNING";
  // Where many lie above each other, the color says how many.
  const alpha = choice.which === "spread" ? Math.max(0.04, Math.min(alphas[state], 12 / count)) : alphas[state];
  return {
    trial: number,
    label: `#${number} · ${isBest ? "best" : state.toLowerCase()}`,
    data: points.map(([x, y]): CurvePoint => ({ x, y: choice.log && Number(y) <= 0 ? NaN : finiteOrGap(Number(y)) })),
    borderColor: withAlpha(color, isBest ? 1 : alpha),
    hoverBorderColor: color,
    borderWidth: isEmphasized ? 2 : 1.25,
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

function finiteOrGap(value: number): number {
  return Number.isFinite(value) ? value : NaN;
}

function curveChoice({ choice, choose }: ChartContext<"curves">): TemplateResult {
  const { which, limit, selectedOnly } = choice;
  const chosen = Object.entries(choices).find(
    ([, { choice: other }]: [string, { choice: ChartChoice<"curves"> }]) =>
      other.which === which && other.limit === limit && (other.selectedOnly ?? false) === (selectedOnly ?? false),
  );
  return html`<vscode-dropdown
    aria-label="Which trials"
    .value=${chosen?.[0] ?? "mixed"}
    @change=${({ target }: Event) => {
      const key = (target as HTMLSelectElement).value as keyof typeof choices;
      choose({ which: undefined, limit: undefined, selectedOnly: undefined, ...choices[key].choice });
    }}
  >
    ${Object.entries(choices).map(([key, { name }]) => html`<vscode-option value=${key}>${name}</vscode-option>`)}
  </vscode-dropdown>`;
}
