import type { Chart, Plugin } from "chart.js";

import type { ParamImportance } from "../../src/protocol/charts.js";
import { formatImportance } from "../../src/format/importance.js";
import type { ChartTheme } from "./chart-theme.js";

/** What is drawn on the bars of importances. */

/** By dataset, what its bars stand for. */
type Bars = readonly (readonly ParamImportance[])[];

/** A line from end to end of each bar's interval: a long one says that the bar means little yet. */
export function whiskers(groups: Bars, theme: ChartTheme): Plugin<"bar"> {
  return {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart;
      ctx.save();
      ctx.strokeStyle = theme.foreground;
      ctx.globalAlpha = 0.8;
      ctx.beginPath();
      forEachBar(chart, groups, ({ interval }, { y }) => {
        const [low, high] = interval.map((end) => scales["x"]!.getPixelForValue(end));
        ctx.moveTo(low!, y);
        ctx.lineTo(high!, y);
        for (const end of [low!, high!]) {
          ctx.moveTo(end, y - 3);
          ctx.lineTo(end, y + 3);
        }
      });
      ctx.stroke();
      ctx.restore();
    },
  };
}

/** Writes each bar's share behind its end and its interval's. */
export function barLabels(groups: Bars): Plugin<"bar"> {
  return {
    id: "barLabels",
    afterDatasetsDraw(chart) {
      const { ctx, options, scales } = chart;
      ctx.save();
      ctx.fillStyle = options.color as string;
      ctx.textBaseline = "middle";
      const font = options.font as { size: number; family: string };
      ctx.font = `${font.size}px ${font.family}`;
      forEachBar(chart, groups, ({ importance, interval }, { x, y }) => {
        const end = Math.max(x, scales["x"]!.getPixelForValue(interval[1]));
        ctx.fillText(formatImportance(importance), end + 6, y);
      });
      ctx.restore();
    },
  };
}

function forEachBar(
  chart: Chart<"bar">,
  groups: Bars,
  draw: (bar: ParamImportance, at: { readonly x: number; readonly y: number }) => void,
): void {
  groups.forEach((bars, i) => {
    if (!chart.isDatasetVisible(i)) return;
    chart.getDatasetMeta(i).data.forEach((element, index) => {
      const bar = bars[index];
      if (bar !== undefined) draw(bar, element);
    });
  });
}
