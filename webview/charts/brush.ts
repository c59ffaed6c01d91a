import type { Chart, Plugin, Scale } from "chart.js";

import { type ChartTheme, withAlpha } from "./chart-theme.js";

/** A shorter drag is a click. */
const MIN_PIXELS = 4;

/** Where a chart can be brushed. */
export interface BrushPlace {
  readonly scale: Scale;
  readonly along: "x" | "y";
  /** Across the direction of the drag, in pixels. */
  readonly from: number;
  readonly to: number;
}

interface Brush {
  /** What lies under the pointer; null: nothing to brush. */
  readonly placeAt: (chart: Chart, x: number, y: number) => BrushPlace | null;
  readonly onBrush: (scaleId: string, from: number, to: number) => void;
}

interface Drag {
  readonly place: BrushPlace;
  readonly start: number;
  end: number;
}

/** The axis beside the plot under the pointer: below it, or at its left. The part that is chosen is shown across the plot. */
export function axisBeside({ scales, chartArea }: Chart, x: number, y: number): BrushPlace | null {
  const { left, right, top, bottom } = chartArea;
  const of = (axis: "x" | "y") => Object.values(scales).filter((scale) => scale.id.startsWith(axis));
  if (y > bottom) {
    const scale = of("x").find((below) => below.left <= x && x <= below.right);
    return scale === undefined ? null : { scale, along: "x", from: top, to: bottom };
  }
  const scale = x < left && y >= top ? of("y")[0] : undefined;
  return scale === undefined ? null : { scale, along: "y", from: left, to: right };
}

/** Drags along an axis choose a part of it. */
export function brushPlugin({ placeAt, onBrush }: Brush, theme: ChartTheme): Plugin {
  let drag: Drag | null = null;
  let listening: AbortController | null = null;

  const position = (chart: Chart, event: PointerEvent) => {
    const { left, top } = chart.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const onDown = (chart: Chart) => (event: PointerEvent) => {
    if (event.button !== 0) return;
    const at = position(chart, event);
    const place = placeAt(chart, at.x, at.y);
    if (place === null) return;
    drag = { place, start: at[place.along], end: at[place.along] };
    chart.canvas.setPointerCapture(event.pointerId);
  };
  const onMove = (chart: Chart) => (event: PointerEvent) => {
    if (drag === null) return;
    const { along, scale } = drag.place;
    const [low, high] = along === "x" ? [scale.left, scale.right] : [scale.top, scale.bottom];
    drag.end = Math.max(low, Math.min(high, position(chart, event)[along]));
    chart.draw();
  };
  const onUp = (chart: Chart) => () => {
    if (drag === null) return;
    const { place, start, end } = drag;
    drag = null;
    chart.draw();
    if (Math.abs(end - start) < MIN_PIXELS) return;
    // The end of a drag is no click on a trial.
    chart.canvas.addEventListener("click", (event) => event.stopImmediatePropagation(), { capture: true, once: true });
    const [from, to] = [start, end].map((pixel) => place.scale.getValueForPixel(pixel)!);
    onBrush(place.scale.id, from!, to!);
  };

  return {
    id: "brush",
    start(chart) {
      listening = new AbortController();
      const { signal } = listening;
      const { canvas } = chart;
      canvas.addEventListener("pointerdown", onDown(chart), { signal });
      canvas.addEventListener("pointermove", onMove(chart), { signal });
      canvas.addEventListener("pointerup", onUp(chart), { signal });
      canvas.addEventListener("pointercancel", () => (drag = null), { signal });
    },
    stop() {
      listening?.abort();
    },
    afterDraw({ ctx }) {
      if (drag === null) return;
      const { place, start, end } = drag;
      const [from, size] = [Math.min(start, end), Math.abs(end - start)];
      const box = [place.from, from, place.to - place.from, size] as const;
      ctx.save();
      ctx.fillStyle = withAlpha(theme.accent, 0.25);
      ctx.strokeStyle = theme.accent;
      const [x, y, width, height] = place.along === "y" ? box : ([box[1], box[0], box[3], box[2]] as const);
      ctx.fillRect(x, y, width, height);
      ctx.strokeRect(x, y, width, height);
      ctx.restore();
    },
  };
}
