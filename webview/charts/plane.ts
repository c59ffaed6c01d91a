import type { ChartConfiguration, ChartDataset } from "chart.js";

import type { ParamTrials } from "../../src/protocol/charts.js";
import type { WireNumber } from "../../src/protocol/wire.js";
import { formatNumber } from "../../src/format/numbers.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { pointOptions } from "./axes.js";
import type { ChartTable } from "./chart.js";
import { type ChartTheme } from "./chart-theme.js";
import { type ColorBar, colorBarRoom } from "./color-bar.js";
import { axisCell, axisText, briefName, leftOut, paramName, paramScale } from "./param-axes.js";
import { type ParamContext, planeControls, rangeFilter } from "./param-controls.js";
import { type FilterAxes, paramFilterAxis } from "./range-clause.js";

/** What the charts of trials over two parameters have in common. */

interface PlaneTrials extends ParamTrials {
  readonly values: readonly WireNumber[];
}

export interface PlanePoint {
  readonly x: number;
  readonly y: number;
  readonly trial: number;
  /** Which of the chart's trials. */
  readonly index: number;
}

/** The trials that have both parameters. */
export function planePoints({ axes: [x, y], numbers }: PlaneTrials): PlanePoint[] {
  if (x === undefined || y === undefined) return [];
  return numbers.flatMap((trial, index): PlanePoint[] => {
    const [atX, atY] = [x.values[index]!, y.values[index]!];
    return atX === null || atY === null ? [] : [{ x: atX, y: atY, trial, index }];
  });
}

/** Whether a plane of two parameters has something to show. */
export function hasPlane(data: PlaneTrials): boolean {
  return planePoints(data).length > 0;
}

function emptyPlane(data: PlaneTrials): string {
  if (data.total === 0) return "There is no complete trial with a value.";
  if (data.params.length < 2) return "This needs two parameters. The study's trials have fewer.";
  if (data.axes.length < 2) return "No complete trial has the chosen parameters.";
  const [x, y] = data.axes.map(({ name }) => paramName(name));
  return `No complete trial has both ${x} and ${y}.`;
}

/** What stands in the head of their cards, and in place of what cannot be drawn. */
export const planeCard = {
  controls: (context: ParamContext, data: PlaneTrials | null) =>
    html`${planeControls(context, data)}
    ${rangeFilter(context, data === null ? [] : Object.values(planeFilterAxes(data)))}`,
  note: (_study: unknown, data: PlaneTrials | null) => (data === null ? "" : leftOut(data)),
  empty: emptyPlane,
};

/** Both parameters, in words. */
export function planeNames({ axes }: PlaneTrials): string {
  return axes.map(({ name }) => briefName(name)).join(" and ");
}

/** By scale. */
export function planeFilterAxes({ axes: [x, y] }: ParamTrials): FilterAxes {
  return x === undefined || y === undefined ? {} : { x: paramFilterAxis(x), y: paramFilterAxis(y) };
}

export function planeOptions(
  data: PlaneTrials,
  { study, choice }: ParamContext,
  theme: ChartTheme,
  bar?: ColorBar,
): NonNullable<ChartConfiguration<"scatter">["options"]> {
  const base = pointOptions(theme);
  const [x, y] = data.axes;
  return {
    ...base,
    layout: { padding: { right: bar === undefined ? 0 : colorBarRoom(bar, theme) } },
    scales: { x: paramScale(theme, x!), y: paramScale(theme, y!) },
    plugins: {
      ...base.plugins,
      tooltip: {
        ...base.plugins.tooltip,
        callbacks: {
          label: ({ raw }) => {
            const { index } = raw as PlanePoint;
            return [
              `${objectiveName(study, choice.objective)}: ${formatNumber(data.values[index]!)}`,
              ...data.axes.map((param) => `${paramName(param.name)}: ${axisText(param, param.values[index]!)}`),
              ...(data.feasible[index] ? [] : ["Violates a constraint"]),
            ];
          },
        },
      },
    },
  };
}

/** Dots a mouse can hit, and no more than can be told apart. */
export function dotRadius(count: number): number {
  return count > 500 ? 2 : count > 150 ? 2.75 : 3.5;
}

/** A dot around the best trial. */
export function bestDot(
  points: readonly PlanePoint[],
  best: number | undefined,
  theme: ChartTheme,
): ChartDataset<"scatter"> {
  return {
    label: "Best",
    data: points.filter(({ index }) => index === best),
    pointRadius: 6,
    pointHoverRadius: 7,
    borderWidth: 2,
    pointBorderColor: theme.accent,
    pointBackgroundColor: "transparent",
  };
}

/** The feasible trial with the best value. */
export function bestIndex(
  { values, feasible }: { readonly values: readonly WireNumber[]; readonly feasible: readonly boolean[] },
  isLowBest: boolean,
): number | undefined {
  let best: number | undefined;
  for (const [i, value] of values.entries()) {
    if (!feasible[i]) continue;
    const difference = best === undefined ? -1 : Number(value) - Number(values[best]);
    if (best === undefined || (isLowBest ? difference < 0 : difference > 0)) best = i;
  }
  return best;
}

export function planeTable(
  data: PlaneTrials,
  { study, choice }: ParamContext,
  more: { readonly header: string; readonly cell: (index: number) => string } | null = null,
): ChartTable {
  return {
    headers: [
      "Trial",
      ...data.axes.map(({ name }) => paramName(name)),
      objectiveName(study, choice.objective),
      ...(more ? [more.header] : []),
    ],
    rows: planePoints(data).map(({ trial, index }) => [
      { trial },
      ...data.axes.map((param) => axisCell(param, param.values[index]!)),
      Number(data.values[index]!),
      ...(more ? [more.cell(index)] : []),
    ]),
  };
}
