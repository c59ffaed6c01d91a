import type { Chart as CanvasChart, ChartConfiguration, ChartDataset } from "chart.js";

import type { AxisRange, ParallelAxis, ParallelCoordinatesData } from "../../src/protocol/charts.js";
import { plural } from "../../src/format/plural.js";
import { objectiveText } from "../../src/query/field-text.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { axis as axisOptions, baseOptions } from "./axes.js";
import { type BrushPlace, brushPlugin } from "./brush.js";
import type { Chart, ChartContext } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { goodness, rampColor } from "./color-ramp.js";
import { axisCell, axisText, briefName, leftOut, nameLines, paramScale, type TickedScale } from "./param-axes.js";
import { paramsControl, rangeFilter } from "./param-controls.js";
import { type FilterAxis, paramFilterAxis, rangeClause } from "./range-clause.js";

const TITLE_CHARS = 12;
/** From axis to axis at least. */
const AXIS_PX = 72;
const MISSING_LABEL = "none";
/** So near to an axis a drag chooses a part of it. */
const BRUSH_PX = 16;

/** An axis as it is drawn: of a parameter, or of an objective. */
type DrawnAxis = ParallelAxis & FilterAxis;

/** Each trial as a line across an axis for each objective and parameter. */
export const parallelCoordinates: Chart<"parallel-coordinates"> = {
  title: "Parallel Coordinates",
  about: "Each trial as a line across its parameters and objectives.",
  intervalMs: () => 3_000,
  zoom: null,
  controls: (context, data) =>
    html`${paramsControl(context, data, "all objectives")}
    ${rangeFilter(context, data === null ? [] : drawnAxes(data, context))}`,
  note: (_study, data) => (data === null ? "" : leftOut(data)),
  empty: ({ total }) =>
    total === 0 ? "There is no complete trial with a value." : "No complete trial has the chosen parameters.",

  width: (data) => (data.objectives.length + data.axes.length) * AXIS_PX,

  summary(data, { study }) {
    if (data.numbers.length === 0 || data.axes.length === 0) return null;
    const objectives = data.objectives.map(({ objective }) => briefName(objectiveName(study, objective)));
    const names = [...objectives, ...data.axes.map(({ name }) => briefName(name))].join(", ");
    return `Parallel coordinates: ${plural(data.numbers.length, "trial")} as lines across ${names}. Best: trial ${data.numbers[0]}.`;
  },

  draw(data, context, theme) {
    const axes = drawnAxes(data, context);
    const isLowBest = data.isRank || context.study.directions[context.choice.objective ?? 0] !== "maximize";
    const good = goodness(data.colors, isLowBest);
    return {
      type: "line",
      data: {
        datasets: data.numbers.map((trial, index) =>
          lineOf(axes, index, trial, {
            color: (data.isRank ? data.colors[index] === 0 : index === 0)
              ? theme.accent
              : rampColor(theme, good(data.colors[index]!), 0.6),
            isFeasible: data.feasible[index]!,
            hover: theme.foreground,
          }),
        ),
      },
      options: options(data, axes, context, theme),
      plugins: [
        brushPlugin(
          {
            placeAt: axisAt,
            onBrush(id, from, to) {
              const axis = axes.find((_, place) => scaleId(place) === id);
              const clause = axis && rangeClause(axis, from, to);
              if (clause) context.filter(clause);
            },
          },
          theme,
        ),
      ],
    };
  },

  table(data, context) {
    const axes = drawnAxes(data, context);
    return {
      headers: ["Trial", ...axes.map(({ title }) => title), ...(data.isRank ? ["Rank"] : [])],
      rows: data.numbers.map((trial, i) => [
        { trial },
        ...axes.map((axis) => axisCell(axis, axis.values[i]!)),
        ...(data.isRank ? [data.colors[i]!] : []),
      ]),
    };
  },
};

function drawnAxes(
  { objectives, axes }: ParallelCoordinatesData,
  { study }: ChartContext<"parallel-coordinates">,
): DrawnAxis[] {
  return [
    ...objectives.map(({ objective, range, values }): DrawnAxis => {
      const title = objectiveName(study, objective);
      const field = objectiveText(study.metricNames, objective);
      return { name: title, title, field, scale: "linear", choices: [], range, values, missing: null };
    }),
    ...axes.map((axis): DrawnAxis => ({ ...axis, ...paramFilterAxis(axis) })),
  ];
}

function lineOf(
  axes: readonly DrawnAxis[],
  index: number,
  trial: number,
  { color, isFeasible, hover }: { readonly color: string; readonly isFeasible: boolean; readonly hover: string },
): ChartDataset<"line"> {
  return {
    trial,
    data: axes.map((axis, x) => ({ x, y: shareOn(axis, axis.values[index]!) })),
    borderColor: color,
    borderWidth: 1.25,
    borderDash: isFeasible ? [] : [3, 3],
    hoverBorderColor: hover,
    hoverBorderWidth: 3,
    pointRadius: 0,
    pointHitRadius: 6,
    pointHoverRadius: 3,
    pointHoverBackgroundColor: hover,
    pointHoverBorderColor: hover,
  };
}

/** Where a trial's line crosses an axis: from 0, its low end, to 1. */
function shareOn({ scale, range, missing }: ParallelAxis, value: number | null): number {
  const [low, high] = scale === "log" ? (range.map(Math.log) as unknown as AxisRange) : range;
  const place = value ?? missing ?? range[0];
  return low < high ? ((scale === "log" ? Math.log(place) : place) - low) / (high - low) : 0.5;
}

function options(
  data: ParallelCoordinatesData,
  axes: readonly DrawnAxis[],
  { select }: ChartContext<"parallel-coordinates">,
  theme: ChartTheme,
): NonNullable<ChartConfiguration<"line">["options"]> {
  const base = baseOptions(theme);
  const { ticks, ...top } = axisOptions(theme, "", false);
  return {
    ...base,
    parsing: false,
    normalized: true,
    // A whole line is what is near.
    interaction: { mode: "dataset", intersect: false, axis: "xy" },
    onClick: (_event, elements) => {
      const hit = elements[0];
      if (hit) select(data.numbers[hit.datasetIndex]!);
    },
    scales: {
      x: {
        type: "linear",
        position: "top",
        ...top,
        min: -0.35,
        max: axes.length - 0.65,
        ticks: {
          ...ticks,
          color: theme.foreground,
          stepSize: 1,
          autoSkip: false,
          includeBounds: false,
          callback: (tick) => nameLines(axes[Number(tick)]?.name ?? "", TITLE_CHARS),
        },
      },
      y: { display: false, min: 0, max: 1 },
      ...Object.fromEntries(axes.map((axis, i) => [scaleId(i), valueScale(axis, i, theme)])),
    },
    plugins: {
      ...base.plugins,
      tooltip: {
        ...base.plugins.tooltip,
        // Of the line, not of each of its points.
        filter: ({ dataIndex }) => dataIndex === 0,
        callbacks: {
          label: ({ datasetIndex }) =>
            axes.map((axis) => `${axis.title}: ${axisText(axis, axis.values[datasetIndex]!)}`),
        },
      },
    },
  };
}

/** The ticks of an axis, beside the line that it is: `y` has the shares that lines are drawn by. */
function valueScale(axis: DrawnAxis, place: number, theme: ChartTheme) {
  const { ticks, ...rest } = paramScale(theme, axis);
  const { missing } = axis;
  return {
    ...rest,
    title: { display: false },
    axis: "y" as const,
    grid: { display: false },
    position: { x: place },
    border: { display: true, color: theme.muted },
    ticks: {
      ...ticks,
      backdropColor: withAlpha(theme.ground, 0.75),
      showLabelBackdrop: true,
      backdropPadding: 1,
      color: theme.foreground,
      z: 1,
      callback: (tick: string | number) => (Number(tick) === missing ? MISSING_LABEL : ticks.callback(tick)),
    },
    afterBuildTicks(scale: TickedScale) {
      rest.afterBuildTicks(scale);
      if (missing === null) return;
      scale.ticks = [{ value: missing }, ...scale.ticks.filter(({ value }) => value >= lowest(axis))];
    },
  };
}

function lowest({ values }: ParallelAxis): number {
  return Math.min(...values.filter((value) => value !== null));
}

function scaleId(place: number): string {
  return `y${place}`;
}

/** The axis near the pointer. */
function axisAt({ scales }: CanvasChart, x: number, y: number): BrushPlace | null {
  for (let place = 0; ; place++) {
    const scale = scales[scaleId(place)];
    if (scale === undefined || y < scale.top) return null;
    const at = scales["x"]!.getPixelForValue(place);
    if (Math.abs(x - at) <= BRUSH_PX) return { scale, along: "y", from: at - BRUSH_PX / 2, to: at + BRUSH_PX / 2 };
  }
}
