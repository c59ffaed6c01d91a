import type { ActiveElement, Chart as CanvasChart, ChartConfiguration, ChartEvent, Plugin } from "chart.js";

import type { TrialCell } from "./chart.js";
import type { ChartTheme } from "./chart-theme.js";
import { type Extent, robustLimits } from "./outliers.js";
import { type Zoom, zoomOptions } from "./zoom.js";

/** What the frame knows that a chart does not: it is the same for every chart. */
export interface Framing {
  readonly theme: ChartTheme;
  /** Trials to mark. */
  readonly selected: ReadonlySet<number>;
  /** The best trial, which is never outside. */
  readonly best: number | null;
  /** Whether outliers are shown, too. */
  readonly full: boolean;
  /** In which directions it can be zoomed; null: not at all. */
  readonly zoomMode: "x" | "y" | "xy" | null;
  readonly zoom: Zoom;
  show(trial: TrialCell): void;
}

export interface Framed {
  readonly config: ChartConfiguration;
  /** How many trials are outside of the robust axes, or would be. */
  readonly outside: number;
}

/** How far from a point, in pixels, it is still meant. */
const HIT_PX = 24;

interface TrialPoint {
  readonly x?: unknown;
  readonly y?: unknown;
  readonly trial?: number | null;
  readonly study?: string;
}

/** Gives a chart what every chart has: robust axes, zoom, marks of selected trials, and the trial's name when hovered and clicked. */
export function framed(drawing: ChartConfiguration, framing: Framing): Framed {
  const { options = {}, data, plugins = [] } = drawing;
  const outside = new Set<number>();
  const scales = Object.fromEntries(
    Object.entries(options.scales ?? {}).map(([id, scale]) => {
      const limits = scale === undefined ? null : limitsOf(drawing, id, scale, framing);
      for (const trial of limits?.outside ?? []) outside.add(trial);
      const { min, max } = framing.zoom.place?.ranges[id] ?? (framing.full ? null : limits) ?? {};
      // A logarithmic axis that ends at ticks would round what it is told to show.
      return [id, min === undefined ? scale : { ...scale, min, max, bounds: "data" }];
    }),
  );
  const config = {
    ...drawing,
    data: { ...data, datasets: data.datasets.map((dataset) => marked(dataset, framing)) },
    options: {
      onClick: (event: ChartEvent, elements: ActiveElement[], chart: CanvasChart) => {
        const trial = trialNear(event, elements, chart);
        if (trial !== null) framing.show(trial);
      },
      onHover: (event: ChartEvent, elements: ActiveElement[], chart: CanvasChart) => {
        chart.canvas.style.cursor = trialNear(event, elements, chart) === null ? "" : "pointer";
      },
      ...options,
      scales,
      plugins: {
        ...options.plugins,
        tooltip: {
          ...options.plugins?.tooltip,
          callbacks: { title: titleOf, ...options.plugins?.tooltip?.callbacks },
        },
        zoom: framing.zoom.handled(zoomOptions(framing.theme, framing.zoomMode)),
      },
    },
    plugins: [...plugins, rings(framing)],
  } as ChartConfiguration;
  return { config, outside: outside.size };
}

/** The trial that a part of a chart stands for; null: none, or several. */
function trialOf(chart: Pick<CanvasChart, "data">, datasetIndex: number, index: number): TrialCell | null {
  const dataset = chart.data.datasets[datasetIndex];
  const point = dataset?.data[index] as TrialPoint | null | undefined;
  const trial = point?.trial ?? dataset?.trial ?? null;
  return trial === null ? null : { trial, study: point?.study };
}

function trialNear({ x, y }: ChartEvent, elements: readonly ActiveElement[], chart: CanvasChart): TrialCell | null {
  for (const { element, datasetIndex, index } of elements) {
    const trial = trialOf(chart, datasetIndex, index);
    if (trial !== null && Math.hypot(element.x - (x ?? 0), element.y - (y ?? 0)) <= HIT_PX) return trial;
  }
  return null;
}

function titleOf(items: readonly { chart: CanvasChart; datasetIndex: number; dataIndex: number }[]): string {
  const [item] = items;
  const trial = item === undefined ? null : trialOf(item.chart, item.datasetIndex, item.dataIndex);
  return trial === null ? "" : `Trial #${trial.trial}`;
}

type Dataset = ChartConfiguration["data"]["datasets"][number];

/** A selected trial's curve, strong and above the others. */
function marked(dataset: Dataset, { selected, theme }: Framing): Dataset {
  if (dataset.trial === undefined || !selected.has(dataset.trial)) return dataset;
  return { ...dataset, borderColor: theme.foreground, borderWidth: 3, order: -1 };
}

/** A ring around each point of a selected trial. */
function rings({ selected, theme }: Framing): Plugin {
  return {
    id: "selected-trials",
    afterDatasetsDraw(chart) {
      if (selected.size === 0) return;
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.strokeStyle = theme.foreground;
      ctx.lineWidth = 2;
      chart.data.datasets.forEach(({ data, trial: whole }, datasetIndex) => {
        if (whole !== undefined) return;
        const elements = chart.getDatasetMeta(datasetIndex).data;
        data.forEach((_, index) => {
          const found = trialOf(chart, datasetIndex, index);
          const element = elements[index];
          if (element === undefined || found === null || found.study !== undefined || !selected.has(found.trial))
            return;
          const { x, y } = element;
          if (x < chartArea.left - 1 || x > chartArea.right + 1 || y < chartArea.top - 1 || y > chartArea.bottom + 1)
            return;
          ctx.beginPath();
          ctx.arc(x, y, 6, 0, 2 * Math.PI);
          ctx.stroke();
        });
      });
      ctx.restore();
    },
  };
}

type Scale = NonNullable<NonNullable<ChartConfiguration["options"]>["scales"]>[string];

interface AxisIds {
  readonly xAxisID?: string;
  readonly yAxisID?: string;
}

/** The robust limits of an axis of values. */
function limitsOf({ data }: ChartConfiguration, id: string, scale: NonNullable<Scale>, { best }: Framing) {
  const { isOfValues, type } = scale as { isOfValues?: boolean; type?: string };
  if (!isOfValues) return null;
  const axis = id.startsWith("x") ? "x" : "y";
  const log = type === "logarithmic";
  const extents = data.datasets
    .filter((dataset) => ((dataset as AxisIds)[`${axis}AxisID`] ?? axis) === id)
    .flatMap((dataset) => extentsOf(dataset, axis, log));
  return robustLimits(extents, log, best);
}

function extentsOf({ data, trial: whole }: Dataset, axis: "x" | "y", log: boolean): Extent[] {
  const values = data.map((point) => Number((point as TrialPoint | null)?.[axis]));
  const isDrawn = (value: number) => Number.isFinite(value) && (!log || value > 0);
  if (whole !== undefined) {
    const drawn = values.filter(isDrawn);
    if (drawn.length === 0) return [];
    const low = drawn.reduce((least, value) => Math.min(least, value));
    return [{ trial: whole, low, high: drawn.reduce((most, value) => Math.max(most, value)) }];
  }
  return values.flatMap((value, index): Extent[] => {
    const trial = (data[index] as TrialPoint | null)?.trial;
    return trial == null || !isDrawn(value) ? [] : [{ trial, low: value, high: value }];
  });
}
