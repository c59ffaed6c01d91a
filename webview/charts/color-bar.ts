import type { ChartType, Plugin } from "chart.js";

import { shortLine } from "../../src/format/visible-text.js";
import type { ChartTheme } from "./chart-theme.js";

/** What the colors of a chart stand for. */
export interface ColorBar {
  /** @param share from 0, at the lower end, to 1. */
  readonly color: (share: number) => string;
  readonly low: string;
  readonly high: string;
}

const BAR_PX = 8;
const GAP_PX = 5;
const STEPS = 32;
const LABEL_CHARS = 9;
/** Of a character of a label, in the font's size. */
const CHAR_WIDTH = 0.6;

/** How much of the chart's right side the bar takes, in pixels. */
export function colorBarRoom({ low, high }: ColorBar, { fontSize }: ChartTheme): number {
  const longest = Math.min(LABEL_CHARS, Math.max(low.length, high.length));
  return BAR_PX + 3 * GAP_PX + Math.ceil(longest * CHAR_WIDTH * fontSize);
}

/** Draws the colors of a chart in a bar beside it, with what its ends stand for. The layout leaves it room. */
export function colorBar<Type extends ChartType>({ color, low, high }: ColorBar, theme: ChartTheme): Plugin<Type> {
  return {
    id: "color-bar",
    beforeDatasetsDraw({ ctx, chartArea: { right, top, bottom } }) {
      const left = right + 2 * GAP_PX;
      const step = (bottom - top) / STEPS;
      ctx.save();
      for (let i = 0; i < STEPS; i++) {
        ctx.fillStyle = color(i / (STEPS - 1));
        // Half a pixel more, so that no seam shows.
        ctx.fillRect(left, bottom - (i + 1) * step, BAR_PX, step + (i === 0 ? 0 : 0.5));
      }
      ctx.fillStyle = theme.muted;
      ctx.font = `${theme.fontSize}px ${theme.fontFamily}`;
      ctx.textBaseline = "top";
      ctx.fillText(shortLine(high, LABEL_CHARS), left + BAR_PX + GAP_PX, top);
      ctx.textBaseline = "bottom";
      ctx.fillText(shortLine(low, LABEL_CHARS), left + BAR_PX + GAP_PX, bottom);
      ctx.restore();
    },
  };
}
