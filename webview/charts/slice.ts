import type { ChartConfiguration } from "chart.js";

import type { ParamAxis, SliceData } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { pointOptions, valueAxis } from "./axes.js";
import type { Chart, ChartContext } from "./chart.js";
import { type ChartTheme } from "./chart-theme.js";
import { rampColor } from "./color-ramp.js";
import { axisCell, axisText, briefName, leftOut, nameLines, paramName, paramScale } from "./param-axes.js";
import { paramsControl, rangeFilter } from "./param-controls.js";
import { bestIndex, dotRadius } from "./plane.js";
import { axisFilter, type FilterAxes, paramFilterAxis, valueFilterAxis } from "./range-clause.js";

const TITLE_CHARS = 13;
/** A panel is at least so wide. */
const PANEL_PX = 70;

/** Between two panels. */
const gap = {
  type: "linear" as const,
  axis: "x" as const,
  stackWeight: 0.22,
  ticks: { display: false },
  grid: { display: false },
  border: { display: false },
};

interface SlicePoint {
  readonly x: number;
  readonly y: number;
  readonly trial: number;
  /** Which of the chart's trials. */
  readonly index: number;
}

/** The objective by each parameter alone: a panel for each, side by side, dots the fainter the older. */
export const slice: Chart<"slice"> = {
  title: "Slice",
  about: "The objective by each parameter alone.",
  intervalMs: () => 2_000,
  hasLog: true,
  // Each panel has an x-axis of its own.
  zoom: "y",
  controls: (context, data) =>
    html`${paramsControl(context, data)}
    ${rangeFilter(context, data === null ? [] : Object.values(filterAxes(data, context)))}`,
  note: (_study, data) => (data === null ? "" : leftOut(data)),
  empty: ({ total }) =>
    total === 0 ? "There is no complete trial with a value." : "No complete trial has the chosen parameters.",

  width: (data) => data.axes.length * PANEL_PX,

  summary(data, { study, choice }) {
    if (data.axes.length === 0) return null;
    const names = data.axes.map(({ name }) => briefName(name)).join(", ");
    const best = bestOf(data, study, choice);
    const found =
      best === undefined ? "" : ` Best: ${formatNumber(data.values[best]!)} at trial ${data.numbers[best]}.`;
    return `Slice: ${objectiveName(study, choice.objective)} of ${plural(data.numbers.length, "trial")} by ${names}.${found}`;
  },

  draw(data, context, theme) {
    const best = bestOf(data, context.study, context.choice);
    const last = Math.max(1, ...data.numbers);
    const radius = dotRadius(data.numbers.length);
    return {
      type: "scatter",
      data: {
        datasets: data.axes.flatMap((axis, panel) => {
          const points = pointsOf(data, axis, context.choice.log === true);
          return [
            {
              label: "Best",
              xAxisID: axisId(panel),
              data: points.filter(({ index }) => index === best),
              pointRadius: radius + 2.5,
              pointHoverRadius: radius + 3.5,
              pointBorderWidth: 2,
              pointBorderColor: theme.accent,
              pointBackgroundColor: "transparent",
            },
            {
              label: paramName(axis.name),
              xAxisID: axisId(panel),
              data: points,
              pointRadius: radius,
              pointHoverRadius: radius + 2,
              pointBorderWidth: points.map(({ index }) => (data.feasible[index] ? 0 : 1)),
              pointBorderColor: theme.muted,
              pointBackgroundColor: points.map(({ index }) =>
                data.feasible[index] ? rampColor(theme, data.numbers[index]! / last) : "transparent",
              ),
            },
          ];
        }),
      },
      options: options(data, context, theme),
      plugins: [axisFilter(filterAxes(data, context), context, theme)],
    };
  },

  table: (data, { study, choice }) => ({
    headers: ["Trial", ...data.axes.map(({ name }) => paramName(name)), objectiveName(study, choice.objective)],
    rows: data.numbers.map((trial, i) => [
      { trial },
      ...data.axes.map((axis) => axisCell(axis, axis.values[i]!)),
      data.values[i]!,
    ]),
  }),
};

function bestOf(
  data: SliceData,
  { directions }: ChartContext<"slice">["study"],
  { objective = 0 }: ChartContext<"slice">["choice"],
): number | undefined {
  return bestIndex(data, directions[objective] !== "maximize");
}

/** The first panel's is that of all charts. */
function axisId(panel: number): string {
  return panel === 0 ? "x" : `x${panel}`;
}

function pointsOf({ values, numbers }: SliceData, axis: ParamAxis, log: boolean): SlicePoint[] {
  return axis.values.flatMap((x, index): SlicePoint[] => {
    const y = values[index]!;
    return x === null || (log && y <= 0) ? [] : [{ x, y, trial: numbers[index]!, index }];
  });
}

function options(
  data: SliceData,
  context: ChartContext<"slice">,
  theme: ChartTheme,
): NonNullable<ChartConfiguration<"scatter">["options"]> {
  const { study, choice } = context;
  const base = pointOptions(theme);
  // Side by side, each with the same share of the width.
  const beside = { position: "bottom" as const, stack: "panels" };
  const panels = data.axes.flatMap((axis, panel) => {
    const { title, ...rest } = paramScale(theme, axis);
    const text = nameLines(axis.name, TITLE_CHARS);
    const scale = { ...rest, ...beside, title: { ...title, text }, stackWeight: 1 };
    return [
      [axisId(panel), scale] as const,
      ...(panel === data.axes.length - 1 ? [] : [[`gap${panel}`, { ...gap, ...beside }] as const]),
    ];
  });
  const pointOf = (raw: unknown) => raw as SlicePoint;
  return {
    ...base,
    scales: {
      ...(Object.fromEntries(panels) as Record<string, (typeof panels)[number][1]>),
      y: valueAxis(theme, objectiveName(study, choice.objective), choice.log === true),
    },
    plugins: {
      ...base.plugins,
      tooltip: {
        ...base.plugins.tooltip,
        callbacks: {
          label: ({ raw, datasetIndex }) => {
            const { index, y } = pointOf(raw);
            const axis = data.axes[Math.floor(datasetIndex / 2)]!;
            return [
              `${objectiveName(study, choice.objective)}: ${formatNumber(y)}`,
              `${paramName(axis.name)}: ${axisText(axis, axis.values[index]!)}`,
              ...(data.feasible[index] ? [] : ["Violates a constraint"]),
            ];
          },
        },
      },
    },
  };
}

/** By scale. */
function filterAxes(data: SliceData, { study, choice }: ChartContext<"slice">): FilterAxes {
  if (data.axes.length === 0) return {};
  return {
    ...Object.fromEntries(data.axes.map((axis, panel) => [axisId(panel), paramFilterAxis(axis)])),
    y: valueFilterAxis(study, choice.objective, data.values),
  };
}
