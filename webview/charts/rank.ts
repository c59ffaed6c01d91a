import { plural } from "../../src/format/plural.js";
import { objectiveName } from "../objective-name.js";
import type { Chart } from "./chart.js";
import { withAlpha } from "./chart-theme.js";
import { type ColorBar, colorBar } from "./color-bar.js";
import {
  bestDot,
  bestIndex,
  dotRadius,
  hasPlane,
  planeCard,
  planeFilterAxes,
  planeNames,
  planeOptions,
  planePoints,
  planeTable,
} from "./plane.js";
import { axisFilter } from "./range-clause.js";
import { rankColor } from "./rank-color.js";

const bar: ColorBar = { color: (share) => cssColor(rankColor(share, true)), low: "lowest", high: "highest" };

/** Trials over two parameters, colored by the rank of their value. */
export const rank: Chart<"rank"> = {
  title: "Rank",
  about: "Trials by two parameters, colored by how their values rank.",
  intervalMs: () => 2_000,
  ...planeCard,

  summary(data, { study, choice }) {
    if (!hasPlane(data)) return null;
    const count = planePoints(data).length;
    return `Rank of ${objectiveName(study, choice.objective)} by ${planeNames(data)}: ${plural(count, "trial")}, the lowest blue, the highest red.`;
  },

  draw(data, context, theme) {
    const points = planePoints(data);
    const isLowBest = context.study.directions[context.choice.objective ?? 0] !== "maximize";
    const colors = points.map(({ index }) => cssColor(rankColor(data.ranks[index]!, data.feasible[index]!)));
    const radius = dotRadius(points.length);
    return {
      type: "scatter",
      data: {
        datasets: [
          bestDot(points, bestIndex(data, isLowBest), theme),
          {
            label: "Trials",
            data: points,
            pointRadius: radius,
            pointHoverRadius: radius + 2,
            pointBackgroundColor: colors,
            pointBorderColor: withAlpha(theme.foreground, 0.5),
            pointBorderWidth: 0.75,
          },
        ],
      },
      options: planeOptions(data, context, theme, bar),
      plugins: [axisFilter(planeFilterAxes(data), context, theme), colorBar(bar, theme)],
    };
  },

  table: (data, context) =>
    planeTable(data, context, {
      header: "Rank",
      cell: (index) => `${(data.ranks[index]! * 100).toFixed(1)}%`,
    }),
};

function cssColor(channels: readonly number[]): string {
  return `rgb(${channels.map(Math.round).join(", ")})`;
}
