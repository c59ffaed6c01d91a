import type { Chart, Plugin, Scale } from "chart.js";

import { formatNumber } from "../../src/format/numbers.js";
import { shortLine } from "../../src/format/visible-text.js";
import type { ChartTheme } from "./chart-theme.js";

/** How a cube is turned around its vertical axis, and how far it is tipped toward who looks at it: in degrees. */
export type Rotation = readonly [turn: number, tilt: number];

/** A cube's corner reaches so far from its middle. */
const REACH = Math.sqrt(3);
const STEP_DEGREES = 5;
const DEGREES_PER_PIXEL = 0.5;
const NAME_CHARS = 24;
const MAX_STRETCH = 1.7;
/** Of an edge with room for the values at its ends beside its name, in pixels; an upright name takes less of it. */
const LONG_EDGE = 150;
const LONG_UPRIGHT_EDGE = 60;
const LINE_HEIGHT = 1.2;

type Ends = readonly [low: number, high: number];

/** Points in space as they are seen from far away. */
export interface Projection {
  /** How far from the middle anything is seen. */
  readonly reach: number;
  readonly scales: { readonly x: object; readonly y: object };
  place(values: readonly number[]): { readonly x: number; readonly y: number };
  /** Draws the cube around the points, and names its edges, each in one line or several, with their ends. */
  axes(names: readonly (readonly string[])[], theme: ChartTheme): Plugin<"scatter">;
}

/**
 * @param points three values each; the cube holds the finite ones.
 * @param log whether the cube is of their logarithms.
 */
export function projection(points: readonly (readonly number[])[], rotation: Rotation, log = false): Projection {
  const scaled = (value: number) => (log ? Math.log10(value) : value);
  const ends = [0, 1, 2].map((axis) => endsOf(points.map((point) => scaled(point[axis]!))));
  const place = (values: readonly number[]) =>
    seen(
      values.map((value, axis) => within(scaled(value), ends[axis]!)),
      rotation,
    );
  const axes = (names: readonly (readonly string[])[], theme: ChartTheme): Plugin<"scatter"> => ({
    id: "axes",
    beforeDatasetsDraw: (chart) => drawCube(chart, names, labels, rotation, theme),
  });
  const labels = ends.map((pair) => pair.map((end) => formatNumber(log ? 10 ** end : end)));
  const reach = REACH * 1.1;
  return { reach, scales: { x: unitScale("x", reach), y: unitScale("y", reach) }, place, axes };
}

/** A wide canvas is made use of, as far as the cube still looks like one. */
function unitScale(axis: "x" | "y", reach: number) {
  return {
    display: false,
    afterDataLimits(scale: Scale) {
      const { width, height } = scale.chart;
      const longer = axis === "x" ? width / height : height / width;
      const half = reach * Math.max(1, longer / MAX_STRETCH);
      scale.min = -half;
      scale.max = half;
    },
  };
}

function endsOf(values: readonly number[]): Ends {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  return [low, high];
}

/** From -1 to 1. */
function within(value: number, [low, high]: Ends): number {
  return high > low ? (2 * (value - low)) / (high - low) - 1 : 0;
}

/** @param at the first axis to the right, the second away, the third up. */
function seen(at: readonly number[], [turn, tilt]: Rotation): { x: number; y: number } {
  const [right, away, up] = [at[0]!, at[1]!, at[2]!];
  const [a, b] = [(turn * Math.PI) / 180, (tilt * Math.PI) / 180];
  const depth = right * Math.sin(a) + away * Math.cos(a);
  return { x: right * Math.cos(a) - away * Math.sin(a), y: up * Math.cos(b) + depth * Math.sin(b) };
}

function drawCube(
  chart: Chart<"scatter">,
  names: readonly (readonly string[])[],
  ends: readonly (readonly string[])[],
  rotation: Rotation,
  theme: ChartTheme,
): void {
  const { ctx, scales } = chart;
  const pixel = (corner: readonly number[]) => {
    const { x, y } = seen(corner, rotation);
    return [scales["x"]!.getPixelForValue(x), scales["y"]!.getPixelForValue(y)] as const;
  };
  ctx.save();
  ctx.strokeStyle = theme.grid;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const [from, to] of edges) {
    ctx.moveTo(...pixel(from));
    ctx.lineTo(...pixel(to));
  }
  ctx.stroke();
  ctx.fillStyle = theme.muted;
  ctx.font = `${theme.fontSize}px ${theme.fontFamily}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  names.forEach((name, axis) => {
    const edge = outerEdge(axis, rotation);
    const beside = (along: number) => pixel(edge.with(axis, along));
    const [[x1, y1], [x2, y2]] = [beside(-1), beside(1)];
    writeName(ctx, name, beside(0), axis === 2, theme.fontSize * LINE_HEIGHT);
    if (Math.hypot(x2 - x1, y2 - y1) < (axis === 2 ? LONG_UPRIGHT_EDGE : LONG_EDGE)) return;
    ctx.fillText(ends[axis]![0]!, ...beside(-0.9));
    ctx.fillText(ends[axis]![1]!, ...beside(0.9));
  });
  ctx.restore();
}

function writeName(
  ctx: CanvasRenderingContext2D,
  lines: readonly string[],
  [x, y]: readonly [number, number],
  isUpright: boolean,
  lineHeight: number,
): void {
  ctx.save();
  ctx.translate(x, y);
  if (isUpright) ctx.rotate(-Math.PI / 2);
  // Away from the cube: down, or to the left.
  const first = isUpright ? 1 - lines.length : 0;
  lines.forEach((line, i) => ctx.fillText(shortLine(line, NAME_CHARS), 0, (first + i) * lineHeight));
  ctx.restore();
}

/** A point a little outside the edge along an axis that is the lowest of the four in sight; of the vertical ones, the leftmost. */
function outerEdge(axis: number, rotation: Rotation): readonly number[] {
  const signs = [-1.12, 1.12];
  const points = signs.flatMap((a) => signs.map((b) => (axis === 0 ? [0, a, b] : axis === 1 ? [a, 0, b] : [a, b, 0])));
  const key = (point: readonly number[]) => (axis === 2 ? seen(point, rotation).x : seen(point, rotation).y);
  return points.reduce((lowest, point) => (key(point) < key(lowest) ? point : lowest));
}

type Corner = readonly [number, number, number];

const edges: readonly (readonly [Corner, Corner])[] = [-1, 1].flatMap((a) =>
  [-1, 1].flatMap((b): [Corner, Corner][] => [
    [
      [-1, a, b],
      [1, a, b],
    ],
    [
      [a, -1, b],
      [a, 1, b],
    ],
    [
      [a, b, -1],
      [a, b, 1],
    ],
  ]),
);

/** Canvases that were turned since the mouse went down: its click is none. */
const turned = new WeakSet<HTMLCanvasElement>();

/**
 * Turns what is drawn by dragging and by the arrow keys.
 * @param rotate is told of each change; what it says is drawn next.
 */
export function rotatedBy(rotation: Rotation, rotate: (rotation: Rotation) => void): Plugin<"scatter"> {
  let current = rotation;
  const turn = (right: number, up: number) => {
    current = [(current[0] + right + 360) % 360, Math.max(-90, Math.min(current[1] + up, 90))];
    rotate(current);
  };
  const listeners = new AbortController();
  return {
    id: "rotation",
    // Also where what was drawn before is drawn in another way from now on.
    start({ canvas, options }) {
      // A picture to save.
      if (options.events?.length === 0) return;
      const { signal } = listeners;
      canvas.tabIndex = 0;
      signal.addEventListener("abort", () => canvas.removeAttribute("tabindex"));
      canvas.addEventListener("pointerdown", () => turned.delete(canvas), { signal });
      canvas.addEventListener("pointermove", (event) => drag(event, canvas, turn), { signal });
      canvas.addEventListener("keydown", (event) => turnByKey(event, turn), { signal });
    },
    beforeEvent: ({ canvas }, { event }) => (event.type === "click" && turned.has(canvas) ? false : undefined),
    stop: () => listeners.abort(),
  };
}

function drag(event: PointerEvent, canvas: HTMLCanvasElement, turn: (right: number, up: number) => void): void {
  if ((event.buttons & 1) === 0 || (event.movementX === 0 && event.movementY === 0)) return;
  turned.add(canvas);
  turn(-event.movementX * DEGREES_PER_PIXEL, event.movementY * DEGREES_PER_PIXEL);
}

function turnByKey(event: KeyboardEvent, turn: (right: number, up: number) => void): void {
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [STEP_DEGREES, 0],
    ArrowRight: [-STEP_DEGREES, 0],
    ArrowUp: [0, -STEP_DEGREES],
    ArrowDown: [0, STEP_DEGREES],
  };
  const step = steps[event.key];
  if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  turn(...step);
}
