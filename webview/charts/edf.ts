import type { TemplateResult } from "lit";

import type { ChartData } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { objectiveName } from "../objective-name.js";
import { axis, pointOptions, valueAxis } from "./axes.js";
import type { Chart, ChartContext } from "./chart.js";
import { seriesLegend, studyLine, studyName, studyPicker, type StudyPoint, studyTitle } from "./study-lines.js";

/** The share of COMPLETE trials that are at most as high as a value, a line per study. */
export const edf: Chart<"edf"> = {
  title: "Value Distribution (EDF)",
  about: "The share of trials up to each value, of one study or several.",
  intervalMs: () => 2_000,
  note: (study) => objectiveName(study),
  hasLog: true,
  controls: (context, data) => picker(context, data),
  empty: () => "No complete trial has a finite value.",

  summary({ x, lines }, { study, choice }) {
    if (x.length === 0) return null;
    const name = objectiveName(study, choice.objective);
    const medians = lines.map((line) => {
      const middle = line.y.findIndex((share) => share >= 0.5);
      const median =
        middle < 0 ? "no trial" : `half of ${plural(line.trials, "trial")} at most ${formatNumber(x[middle]!)}`;
      return `${studyName(line.study)}: ${median}`;
    });
    return `Empirical distribution of ${name}. ${medians.join("; ")}.`;
  },

  draw({ x, lines }, { study, choice }, theme) {
    const base = pointOptions(theme);
    const datasets = lines.map((line, i) => {
      const points = line.y.map((y, at) => ({ x: x[at]!, y, trial: line.at[at]! }));
      return { ...studyLine(line.study, i, points, theme), pointRadius: 0, pointHoverRadius: 4 };
    });
    return {
      type: "line",
      data: { datasets },
      options: {
        ...base,
        scales: {
          x: {
            ...valueAxis(theme, objectiveName(study, choice.objective), choice.log === true),
            grid: { display: false },
            isOfValues: false,
          },
          y: { ...axis(theme, "Share of trials"), min: 0, max: 1 },
        },
        plugins: {
          ...base.plugins,
          legend: seriesLegend(lines.length, theme),
          tooltip: {
            ...base.plugins.tooltip,
            callbacks: {
              title: studyTitle,
              label: ({ raw }) => {
                const point = raw as StudyPoint;
                const nearest = point.trial === null ? "" : `, to #${point.trial}`;
                return `${(point.y * 100).toFixed(0)}% at most ${formatNumber(point.x)}${nearest}`;
              },
            },
          },
        },
      },
    };
  },

  table: ({ x, lines }) => ({
    headers: ["Value", ...lines.map(({ study }) => studyName(study))],
    rows: x.map((value, i) => [
      value,
      ...lines.map(({ y }) => (y[i] === undefined ? "" : `${(y[i] * 100).toFixed(1)}%`)),
    ]),
  }),
};

function picker({ choose }: ChartContext<"edf">, data: ChartData["edf"] | null): TemplateResult {
  const shown = data?.lines.map(({ study }) => study) ?? [];
  return studyPicker(shown, data?.comparable ?? [], (studies) => choose({ studies }));
}
