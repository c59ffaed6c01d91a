import type { Plugin } from "chart.js";
import { contours } from "d3-contour";

import type { ContourField, ParamAxis } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { objectiveName } from "../objective-name.js";
import type { Chart } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { type ColorBar, colorBar } from "./color-bar.js";
import { goodness, rampColor } from "./color-ramp.js";
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

const LEVELS = 14;
/** The worst of the field, beyond which all is drawn alike: one failed start would leave a single color for all else. */
const WORST_SHARE = 0.05;

/** An objective over two parameters as a field of colors, with the trials it was estimated from. */
export const contour: Chart<"contour"> = {
  title: "Contour",
  about: "How the objective depends on two parameters together.",
  intervalMs: () => 3_000,
  ...planeCard,

  summary(data, { study, choice }) {
    if (!hasPlane(data)) return null;
    const { objective = 0 } = choice;
    const count = planePoints(data).length;
    const best = bestIndex(data, study.directions[objective] !== "maximize");
    const found =
      best === undefined ? "" : ` Best: ${formatNumber(data.values[best]!)} at trial ${data.numbers[best]}.`;
    return `Contour: ${objectiveName(study, objective)} over ${planeNames(data)}, from ${plural(count, "trial")}.${found}`;
  },

  draw(data, context, theme) {
    const points = planePoints(data);
    const isLowBest = context.study.directions[context.choice.objective ?? 0] !== "maximize";
    const radius = dotRadius(points.length) - 1;
    const [x, y] = data.axes;
    const field = data.field === null ? null : drawnField(data.field, isLowBest, theme);
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
            pointBackgroundColor: points.map(({ index }) =>
              data.feasible[index] ? withAlpha(theme.foreground, 0.8) : "transparent",
            ),
            pointBorderColor: theme.foreground,
            pointBorderWidth: 0.75,
          },
        ],
      },
      options: planeOptions(data, context, theme, field?.bar),
      plugins: [
        axisFilter(planeFilterAxes(data), context, theme),
        ...(field === null ? [] : [fieldPlugin(field, [x!, y!], theme), colorBar(field.bar, theme)]),
      ],
    };
  },

  table: (data, context) => planeTable(data, context),
};

interface DrawnField extends Pick<ContourField, "columns" | "rows"> {
  readonly bands: readonly Band[];
  readonly bar: ColorBar;
}

function drawnField({ columns, rows, values }: ContourField, isLowBest: boolean, theme: ChartTheme): DrawnField {
  const sorted = values.toSorted((a, b) => (isLowBest ? b - a : a - b));
  const [worst, best] = [sorted[Math.floor(WORST_SHARE * (sorted.length - 1))]!, sorted.at(-1)!];
  const good = goodness([worst, best], isLowBest);
  const color = (share: number) => rampColor(theme, share);
  return {
    columns,
    rows,
    bands: bandsOf(values.map(good), columns, rows),
    bar: { color, low: formatNumber(worst), high: formatNumber(best) },
  };
}

/** Draws the field below the dots, wherever the axes are zoomed to. */
function fieldPlugin(
  { columns, rows, bands }: DrawnField,
  [x, y]: readonly [ParamAxis, ParamAxis],
  theme: ChartTheme,
): Plugin<"scatter"> {
  return {
    id: "field",
    beforeDatasetsDraw({ ctx, chartArea, scales }) {
      const { left, top, width, height } = chartArea;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top, width, height);
      ctx.clip();
      for (const { share, rings } of bands) {
        ctx.beginPath();
        for (const ring of rings) {
          ring.forEach(([column, row], i) => {
            const atX = scales["x"]!.getPixelForValue(valueAt(x, shareOf(column!, columns)));
            const atY = scales["y"]!.getPixelForValue(valueAt(y, shareOf(row!, rows)));
            if (i === 0) ctx.moveTo(atX, atY);
            else ctx.lineTo(atX, atY);
          });
          ctx.closePath();
        }
        ctx.fillStyle = rampColor(theme, share);
        ctx.fill("evenodd");
        ctx.strokeStyle = withAlpha(theme.foreground, 0.12);
        ctx.lineWidth = 0.5;
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}

interface Band {
  /** How good it is, from 0 to 1. */
  readonly share: number;
  readonly rings: readonly (readonly (readonly number[])[])[];
}

/** Each covers what is as good as its level or better, the worst first. */
function bandsOf(goods: readonly number[], columns: number, rows: number): Band[] {
  const levels = Array.from({ length: LEVELS }, (_, i) => i / LEVELS);
  return contours()
    .size([columns, rows])
    .thresholds(levels)([...goods])
    .map(({ value, coordinates }) => ({ share: value, rings: coordinates.flat() }));
}

/** d3-contour has the first of the places at ½. */
function shareOf(coordinate: number, places: number): number {
  return (coordinate - 0.5) / (places - 1);
}

/** @param share of the axis's range, from its low end. */
function valueAt({ scale, range: [low, high] }: ParamAxis, share: number): number {
  return scale === "log" ? low * (high / low) ** share : low + (high - low) * share;
}
