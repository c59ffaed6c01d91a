import { formatNumber } from "../../src/format/numbers.js";
import { shortLine } from "../../src/format/visible-text.js";
import type { ChartTheme } from "./chart-theme.js";

/** About as many as fit beside a chart. */
const TITLE_CHARS = 36;

/** Options every chart shares: no animation, the editor's font and colors. */
export function baseOptions(theme: ChartTheme) {
  const font = { family: theme.fontFamily, size: theme.fontSize };
  return {
    animation: false as const,
    responsive: true,
    maintainAspectRatio: false,
    font,
    color: theme.muted,
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: theme.background,
        borderColor: theme.border,
        borderWidth: 1,
        cornerRadius: 3,
        titleColor: theme.foreground,
        bodyColor: theme.foreground,
        titleFont: font,
        bodyFont: font,
        displayColors: false,
        padding: 6,
        caretSize: 0,
        animation: false as const,
      },
    },
  };
}

/** Those of a chart of points, which are given as they are drawn: the one nearest to the pointer is told of. */
export function pointOptions(theme: ChartTheme) {
  return {
    ...baseOptions(theme),
    parsing: false as const,
    normalized: true,
    interaction: { mode: "nearest" as const, intersect: false, axis: "xy" as const },
  };
}

/** @param title what the axis counts. */
export function axis(theme: ChartTheme, title: string, grid = true) {
  return {
    border: { display: false },
    grid: { display: grid, color: theme.grid, drawTicks: false },
    ticks: {
      color: theme.muted,
      font: { family: theme.fontFamily, size: theme.fontSize },
      padding: 6,
      maxRotation: 0,
      autoSkipPadding: 14,
    },
    title: {
      display: title !== "",
      text: shortLine(title, TITLE_CHARS),
      color: theme.muted,
      font: { family: theme.fontFamily, size: theme.fontSize },
      padding: { top: 2, bottom: 0 },
    },
  };
}

/** Of trial numbers, of steps. */
export function countAxis(theme: ChartTheme, title: string) {
  const { ticks, ...rest } = axis(theme, title, false);
  return { type: "linear" as const, ...rest, ticks: { ...ticks, precision: 0 } };
}

/** Of what is optimized. */
export function valueAxis(theme: ChartTheme, title: string, log: boolean) {
  const { ticks, ...rest } = axis(theme, title);
  const callback = (tick: string | number) => formatNumber(Number(tick));
  return {
    type: log ? ("logarithmic" as const) : ("linear" as const),
    /** The frame leaves outliers outside of such an axis. */
    isOfValues: true,
    ...rest,
    ticks: { ...ticks, maxTicksLimit: 7, callback },
  };
}
