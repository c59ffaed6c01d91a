import type { Chart as CanvasChart, Point } from "chart.js";
import type { ZoomPluginOptions } from "chartjs-plugin-zoom/types/options.js";

import { type ChartTheme, withAlpha } from "./chart-theme.js";
import type { AxisRange, AxisRanges, ZoomPlace } from "./zoom-place.js";

/** In which directions a chart is zoomed and moved. */
type Directions = "x" | "y" | "xy";

interface Shift {
  readonly x: number;
  readonly y: number;
}

/** Between two moments of two fingers on a chart, in its pixels. */
export interface PinchMove {
  readonly factor: number;
  readonly center: { readonly x: number; readonly y: number };
  readonly moved: Shift;
}

/** A turn of the wheel within this time after the page scrolled goes on scrolling it, in milliseconds. */
const SCROLLING_MS = 350;

const STEP = 1.25;

/** By the wheel, and by a box drawn with the pointer. */
export function zoomOptions(theme: ChartTheme, mode: Directions | null): ZoomPluginOptions {
  const enabled = mode !== null;
  return {
    zoom: {
      mode: mode ?? "xy",
      wheel: { enabled, speed: 0.1 },
      drag: {
        enabled,
        threshold: 6,
        drawTime: "afterDatasetsDraw",
        backgroundColor: withAlpha(theme.foreground, 0.12),
        borderColor: theme.muted,
        borderWidth: 1,
      },
    },
  };
}

/** Zooms a chart. The chart is drawn anew with its data; this outlives it. */
export class Zoom {
  /** null: all of the chart is shown. */
  place: ZoomPlace | null = null;
  /** As the axes were before they were zoomed. */
  private unzoomed: AxisRanges = {};
  private scrolledAt = -Infinity;

  constructor(private readonly onChange: () => void) {}

  /** With the handlers that a chart's options need. */
  handled(options: ZoomPluginOptions): ZoomPluginOptions {
    const { zoom } = options;
    return {
      ...options,
      zoom: {
        ...zoom,
        onZoomStart: ({ chart, event, point }) => {
          if (event instanceof WheelEvent ? !this.takesWheel(event) : !isInside(chart, point)) return false;
          this.remember(chart);
          return undefined;
        },
        onZoom: ({ chart }) => this.zoomed(chart),
      },
      pan: { mode: zoom?.mode ?? "xy", onPan: ({ chart }) => this.zoomed(chart) },
    };
  }

  pageScrolled(): void {
    this.scrolledAt = performance.now();
  }

  reset(): void {
    if (this.place === null) return;
    this.place = null;
    this.onChange();
  }

  /** `+` `-` `0` and the arrows. @returns whether the key is one. */
  press(key: string, chart: CanvasChart, mode: Directions): boolean {
    if (key === "+" || key === "=") this.by(chart, STEP);
    else if (key === "-") this.by(chart, 1 / STEP);
    else if (key === "0" || (key === "Escape" && this.place !== null)) this.reset();
    else if (this.place !== null && key.startsWith("Arrow")) pan(chart, towards(key, chart), mode);
    else return false;
    return true;
  }

  /** Two fingers: as far as they move apart, and along with them. */
  pinch(chart: CanvasChart, { factor, center, moved }: PinchMove, mode: Directions): void {
    if (this.place === null && factor <= 1) return;
    this.remember(chart);
    const amount = amountOf(factor);
    chart.zoom({ x: amount, y: amount, focalPoint: center });
    pan(chart, moved, mode);
  }

  private by(chart: CanvasChart, factor: number): void {
    if (factor < 1 && this.place === null) return;
    this.remember(chart);
    chart.zoom(amountOf(factor));
  }

  /** Not where the page is being scrolled, nor where there is nothing to zoom out of. */
  private takesWheel({ deltaY, timeStamp }: WheelEvent): boolean {
    if (this.place === null && deltaY > 0) return false;
    if (timeStamp - this.scrolledAt > SCROLLING_MS) return true;
    this.scrolledAt = timeStamp;
    return false;
  }

  private remember(chart: CanvasChart): void {
    if (this.place === null) this.unzoomed = rangesOf(chart);
  }

  private zoomed(chart: CanvasChart): void {
    const base = this.place?.base ?? this.unzoomed;
    const ranges = Object.entries(rangesOf(chart)).map(
      ([id, range]) => [id, within(range, base[id] ?? range, chart.scales[id]!.type === "logarithmic")] as const,
    );
    const isWhole = ranges.every(([id, { min, max }]) => base[id] === undefined || isAll(min, max, base[id]));
    this.place = isWhole ? null : { ranges: Object.fromEntries(ranges), base };
    this.onChange();
  }
}

/** As the plugin counts: one, and the share of the axis that goes. */
function amountOf(factor: number): number {
  return 2 - 1 / factor;
}

/** A drag along an axis is the chart's own. */
function isInside({ chartArea }: CanvasChart, { x, y }: Point): boolean {
  if (x === null || y === null) return false;
  return x >= chartArea.left && x <= chartArea.right && y >= chartArea.top && y <= chartArea.bottom;
}

function rangesOf(chart: CanvasChart): AxisRanges {
  return Object.fromEntries(Object.values(chart.scales).map(({ id, min, max }) => [id, { min, max }]));
}

/** Moved into what there is, and no larger. */
function within({ min, max }: AxisRange, all: AxisRange, isLog: boolean): AxisRange {
  if (min >= all.min && max <= all.max) return { min, max };
  // As far on the axis, which is another difference of values everywhere.
  if (isLog) return mapped(within(mapped({ min, max }, Math.log), mapped(all, Math.log), false), Math.exp);
  const size = Math.min(max - min, all.max - all.min);
  const low = Math.max(all.min, Math.min(min, all.max - size));
  return { min: low, max: low + size };
}

function mapped({ min, max }: AxisRange, map: (value: number) => number): AxisRange {
  return { min: map(min), max: map(max) };
}

function isAll(min: number, max: number, all: AxisRange): boolean {
  const slack = (all.max - all.min) * 1e-6;
  return min <= all.min + slack && max >= all.max - slack;
}

/** How far an arrow key moves a chart, in pixels. */
function towards(key: string, { width, height }: CanvasChart): Shift {
  const x = key === "ArrowLeft" ? width / 10 : key === "ArrowRight" ? -width / 10 : 0;
  const y = key === "ArrowUp" ? height / 10 : key === "ArrowDown" ? -height / 10 : 0;
  return { x, y };
}

/** The plugin zooms in the chart's directions alone, but would move in all. */
function pan(chart: CanvasChart, { x, y }: Shift, mode: Directions): void {
  chart.pan({ x: mode.includes("x") ? x : 0, y: mode.includes("y") ? y : 0 }, undefined, "none");
}
