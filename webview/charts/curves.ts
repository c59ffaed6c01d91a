import type { ChartConfiguration, TooltipItem } from "chart.js";
import type { TemplateResult } from "lit";

import type { CurveDensity, LearningCurve } from "../../src/protocol/charts.js";
import type { ChartState } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { formatTrials } from "../format.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { stateLabels } from "../trial-state.js";
import { pointOptions, countAxis, valueAxis } from "./axes.js";
import type { Chart, ChartChoice, ChartContext, ChartStudy } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { colorBar, colorBarRoom } from "./color-bar.js";
import { trialLegend } from "./controls.js";
import { objectiveChoice } from "./param-controls.js";
import {
  cellText,
  cellTitle,
  densityBar,
  type DensityCell,
  densityDataset,
  densityLimits,
  densityTable,
} from "./curve-density.js";

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
  all: { name: "All, by Density", choice: { which: "density" } },
} as const satisfies Readonly<Record<string, { name: string; choice: ChartChoice<"curves"> }>>;

/** How visible a curve is by its trial's state: the pruned ones are the background the others stand out from. */
const alphas: Readonly<Record<ChartState, number>> = {
  COMPLETE: 0.6,
  RUNNING: 1,
  PAUSED: 0.28,
  PRUNED: 0.28,
  FAIL: 0.4,
  WAITING: 0.3,
};

/** What trials reported at each step, one line a trial; the best on top, running ones growing. */
export const curves: Chart<"curves"> = {
  title: "Learning Curves",
  about: "What trials reported, step by step.",
  intervalMs: ({ which }) => (which === "density" ? 3_000 : 700),
  note: ({ hasRunning, endedEarly }, data) =>
    data?.density ? densityLegend(data.density) : trialLegend(endedEarly, hasRunning),
  asked: ({ selectedOnly, log, full, ...choice }, selected, { best }) => {
    const trials = selected.slice(0, MAX_TRIALS);
    if (choice.which === "density")
      return { ...choice, log, full, trials: best === null ? trials : [...new Set([best, ...trials])] };
    return selectedOnly ? { ...choice, trials } : choice;
  },
  controls: (context) => html`${objectiveChoice(context)} ${curveChoice(context)}`,
  hasLog: true,
  outside: ({ density }) => density?.outside,
  empty: () => "None of these trials has reported intermediate values.",

  summary({ curves: all, density }, { study }) {
    if (density !== null) return densitySummary(density);
    const drawn = ordered(all, study);
    if (drawn.length === 0) return null;
    const running = drawn.filter(({ state }) => state === "RUNNING").map(({ number }) => `#${number}`);
    return `Learning curves of ${plural(drawn.length, "trial")}.${running.length ? ` Running: ${running.join(", ")}.` : ""}`;
  },

  draw({ curves: all, density }, context, theme) {
    const drawn = ordered(all, context.study).map((curve) => dataset(curve, context, theme));
    return density === null ? drawCurves(drawn, context, theme) : drawDensity(density, drawn, context, theme);
  },

  table: ({ curves: all, density }, { study }) =>
    density === null
      ? {
          headers: ["Trial", "State", "Steps", "First", "Last"],
          rows: ordered(all, study).map(({ number, state, points }) => [
            { trial: number },
            stateLabels[state],
            points.length,
            points[0]![1],
            points.at(-1)![1],
          ]),
        }
      : densityTable(density),
};

type CurveDataset = ReturnType<typeof dataset>;

function drawCurves(drawn: CurveDataset[], { study, choice }: ChartContext<"curves">, theme: ChartTheme) {
  const base = pointOptions(theme);
  return {
    type: "line" as const,
    data: { datasets: drawn },
    options: {
      ...base,
      scales: {
        x: countAxis(theme, "Step"),
        y: valueAxis(theme, metric(study, choice.objective), choice.log === true),
      },
      plugins: { ...base.plugins, tooltip: { ...base.plugins.tooltip, callbacks: curveTooltip } },
    },
  };
}

/** The density of all curves below some of them. */
function drawDensity(
  density: CurveDensity,
  drawn: CurveDataset[],
  { study, choice }: ChartContext<"curves">,
  theme: ChartTheme,
): ChartConfiguration<"line"> {
  const base = pointOptions(theme);
  const [x, y] = [countAxis(theme, "Step"), valueAxis(theme, metric(study, choice.objective), density.log)];
  const limits = densityLimits(density);
  const bar = densityBar(density, theme);
  // Those that the matrix has of its own.
  const whole = { reverse: false, offset: false, isOfValues: false };
  return {
    type: "line",
    // The types of Chart.js know no chart of two kinds in a list of charts.
    data: { datasets: [...drawn, densityDataset(density, theme) as unknown as CurveDataset] },
    options: {
      ...base,
      interaction: { mode: "nearest", intersect: true },
      layout: { padding: { right: colorBarRoom(bar, theme) } },
      scales: {
        x: { ...x, ...whole, ...limits.x, ticks: { ...x.ticks, includeBounds: false } },
        y: { ...y, ...whole, ...limits.y, ticks: { ...y.ticks, includeBounds: false } },
      },
      plugins: {
        ...base.plugins,
        tooltip: {
          ...base.plugins.tooltip,
          callbacks: {
            title: (items) => (isCell(items[0]?.raw) ? cellTitle(density, items[0].raw) : curveTooltip.title(items)),
            label: (item) => (isCell(item.raw) ? cellText(density, item.raw) : curveTooltip.label(item)),
          },
        },
      },
    },
    plugins: [colorBar(bar, theme)],
  };
}

const curveTooltip = {
  title: ([item]: readonly TooltipItem<"line">[]) => `Trial ${item?.dataset.label ?? ""}`,
  label: ({ raw }: { readonly raw: unknown }) => {
    const { x, y } = raw as CurvePoint;
    return `step ${x}: ${formatNumber(y)}`;
  },
};

function isCell(raw: unknown): raw is DensityCell {
  return typeof raw === "object" && raw !== null && "trials" in raw;
}

function densityLegend({ trials }: CurveDensity): TemplateResult {
  return html`<span class="legend"><span class="dash" aria-hidden="true"></span>best</span>
    <span class="legend">${formatTrials(trials)}</span>`;
}

function densitySummary(density: CurveDensity): string {
  const [low, high] = density.range.map(formatNumber);
  const { min, max } = densityLimits(density).x;
  const steps = `steps ${Math.ceil(min)} to ${Math.floor(max)}`;
  return `Density of the learning curves of ${formatTrials(density.trials)}: ${steps}, values ${low} to ${high}.`;
}

function metric(study: ChartStudy, objective = 0): string {
  const name = objectiveName(study, objective);
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
) {
  const isBest = number === study.best;
  const color = isBest ? theme.accent : theme.states[state];
  const isEmphasized = isBest || state === "RUNNING";
  const shown = withAlpha(color, isBest ? 1 : alphas[state]);
  return {
    trial: number,
    label: `#${number} · ${isBest ? "best" : state.toLowerCase()}`,
    data: points.map(([x, y]): CurvePoint => ({ x, y: choice.log && Number(y) <= 0 ? NaN : finiteOrGap(Number(y)) })),
    borderColor: shown,
    hoverBorderColor: color,
    borderWidth: isEmphasized ? 2 : 1.25,
    hoverBorderWidth: 2.5,
    pointRadius: (context: { dataIndex: number }) => {
      if (state === "RUNNING" && context.dataIndex === points.length - 1) return 3;
      return points.length === 1 ? 1.5 : 0;
    },
    pointHoverRadius: 4,
    pointBackgroundColor: shown,
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
