import type { ChartOptions } from "chart.js";

import type { ChartData } from "../../src/protocol/charts.js";
import type { ChartState } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { stateLabels } from "../trial-state.js";
import { pointOptions, countAxis, valueAxis } from "./axes.js";
import type { Chart, ChartContext } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { trialLegend } from "./controls.js";
import { objectiveChoice } from "./param-controls.js";

interface HistoryPoint {
  readonly x: number;
  readonly y: number;
  readonly trial?: number;
}

/** Each finished trial's value by its number, and the best so far as a stepped line. */
export const history: Chart<"history"> = {
  title: "Optimization History",
  about: "Each trial's value, and the best so far.",
  intervalMs: () => 700,
  note: ({ endedEarly }) => trialLegend(endedEarly),
  controls: (context) => html`${objectiveChoice(context)}`,
  hasLog: true,
  empty: () => "No values yet.",

  summary({ points, best }, { study, choice }) {
    if (points.length === 0) return null;
    const last = best.at(-1);
    const found = last === undefined ? "" : ` Best: ${formatNumber(last[1])} at trial ${last[0]}.`;
    const { objective = 0 } = choice;
    const goal = `${study.directions[objective]} ${objectiveName(study, objective)}`;
    return `Optimization history: ${plural(points.length, "trial")}, ${goal}.${found}`;
  },

  draw({ points, best }, context, theme) {
    const drawable = (value: number) => Number.isFinite(value) && (!context.choice.log || value > 0);
    const of = (state: ChartState): HistoryPoint[] =>
      points
        .filter((point) => point[2] === state && drawable(Number(point[1])))
        .map(([x, y]) => ({ x, y: Number(y), trial: x }));
    const line = best.map(([x, y]): HistoryPoint => ({ x, y: Number(y) })).filter(({ y }) => drawable(y));
    const lastTrial = points.at(-1)?.[0] ?? 0;
    const lastBest = line.at(-1);
    if (lastBest !== undefined && lastTrial > lastBest.x) line.push({ x: lastTrial, y: lastBest.y });
    const radius = points.length > 500 ? 1.75 : points.length > 150 ? 2.25 : 3;
    return {
      type: "scatter",
      data: {
        datasets: [
          {
            label: "Best",
            data: line,
            showLine: true,
            clip: 8,
            stepped: "before",
            borderColor: theme.accent,
            borderWidth: 1.75,
            pointRadius: ({ dataIndex }) => (lastBest !== undefined && dataIndex === best.length - 1 ? 4.5 : 0),
            pointHitRadius: 0,
            pointBackgroundColor: theme.accent,
            pointBorderColor: theme.accent,
          },
          dots("COMPLETE", of("COMPLETE"), theme.states.COMPLETE, radius, 0.85),
          hollow(dots("PRUNED", of("PRUNED"), theme.states.PRUNED, radius - 0.5, points.length > 500 ? 0.45 : 0.7)),
          hollow(dots("PAUSED", of("PAUSED"), theme.states.PAUSED, radius - 0.5, points.length > 500 ? 0.45 : 0.7)),
        ],
      },
      options: options(context, theme, lastTrial),
    };
  },

  table: ({ points, best }: ChartData["history"], { study, choice }) => {
    const bests = new Set(best.map(([number]) => number));
    return {
      headers: ["Trial", "State", objectiveName(study, choice.objective), "New Best"],
      rows: points.map(([number, value, state]) => [
        { trial: number },
        stateLabels[state],
        value,
        bests.has(number) ? "★" : "",
      ]),
    };
  },
};

function options(
  { study, choice }: ChartContext<"history">,
  theme: ChartTheme,
  lastTrial: number,
): ChartOptions<"scatter"> {
  const base = pointOptions(theme);
  const name = objectiveName(study, choice.objective);
  return {
    ...base,
    scales: {
      x: { ...countAxis(theme, "Trial"), min: 0, max: Math.max(lastTrial, 1) },
      y: valueAxis(theme, name, choice.log === true),
    },
    plugins: {
      ...base.plugins,
      tooltip: {
        ...base.plugins.tooltip,
        filter: (item) => item.datasetIndex > 0,
        callbacks: {
          label: (item) => {
            const { y } = item.raw as HistoryPoint;
            return `${name}: ${formatNumber(y)}${endedEarly(item.dataset.label)}`;
          },
        },
      },
    },
  };
}

function dots(label: ChartState, data: HistoryPoint[], color: string, pointRadius: number, alpha: number) {
  return {
    label,
    data,
    clip: 8,
    pointRadius,
    pointHoverRadius: pointRadius + 2,
    pointBackgroundColor: withAlpha(color, alpha),
    pointHoverBackgroundColor: color,
    pointBorderWidth: 0,
    pointHoverBorderWidth: 0,
    pointBorderColor: withAlpha(color, alpha),
  };
}

function endedEarly(state: string | undefined): string {
  return state === "PRUNED" ? "  (pruned)" : state === "PAUSED" ? "  (paused)" : "";
}

/** As pruned trials are marked everywhere. */
function hollow(dataset: ReturnType<typeof dots>) {
  return { ...dataset, pointBackgroundColor: "transparent", pointBorderWidth: 1 };
}
