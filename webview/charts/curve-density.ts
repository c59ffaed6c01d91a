import type { ChartDataset } from "chart.js";
import type { MatrixDataPoint } from "chartjs-chart-matrix";

import type { CurveDensity } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { formatInteger, formatTrials } from "../format.js";
import type { ChartTable } from "./chart.js";
import type { ChartTheme } from "./chart-theme.js";
import type { ColorBar } from "./color-bar.js";
import { rampColor } from "./color-ramp.js";

/** How many learning curves pass each part of their plane, as a picture and as text. */

/** Half a pixel more, so that no seam shows between two cells. */
const OVERLAP_PX = 0.5;

type Ends = readonly [low: number, high: number];

/** A cell that some curve passes. Its middle is where Chart.js places it. */
export interface DensityCell extends MatrixDataPoint {
  readonly x: number;
  readonly y: number;
  readonly trials: number;
  readonly column: number;
  readonly values: Ends;
}

export function densityDataset(density: CurveDensity, theme: ChartTheme): ChartDataset<"matrix", DensityCell[]> {
  const { counts, stepsPerColumn } = density;
  const most = Math.max(...counts);
  return {
    type: "matrix",
    label: "Density",
    data: densityCells(density),
    order: 1,
    borderWidth: 0,
    backgroundColor: ({ raw }) => rampColor(theme, shareOf((raw as DensityCell).trials, most)),
    width: ({ chart }) => {
      const { x } = chart.scales;
      return x!.getPixelForValue(stepsPerColumn) - x!.getPixelForValue(0) + OVERLAP_PX;
    },
    height: ({ chart, raw }) => {
      const [low, high] = (raw as DensityCell).values;
      const { y } = chart.scales;
      return y!.getPixelForValue(low) - y!.getPixelForValue(high) + OVERLAP_PX;
    },
  };
}

export function densityCells(density: CurveDensity): DensityCell[] {
  const { counts, columns, firstStep, stepsPerColumn, log } = density;
  return counts.flatMap((trials, i): DensityCell[] => {
    if (trials === 0) return [];
    const [column, values] = [i % columns, rowValues(density, Math.floor(i / columns))];
    const [low, high] = values;
    const x = firstStep - 0.5 + (column + 0.5) * stepsPerColumn;
    return [{ x, y: log ? Math.sqrt(low * high) : (low + high) / 2, trials, column, values }];
  });
}

export function densityBar({ counts }: CurveDensity, theme: ChartTheme): ColorBar {
  const most = Math.max(...counts);
  return { color: (share) => rampColor(theme, share), low: "1 trial", high: formatInteger(most) };
}

/** The step axis from end to end, and that of values. */
export function densityLimits({ columns, firstStep, stepsPerColumn, range: [min, max] }: CurveDensity) {
  const start = firstStep - 0.5;
  return { x: { min: start, max: start + columns * stepsPerColumn }, y: { min, max } };
}

export function cellTitle(density: CurveDensity, { column }: DensityCell): string {
  const steps = columnSteps(density, column);
  return steps.includes("–") ? `Steps ${steps}` : `Step ${steps}`;
}

export function cellText({ reached }: CurveDensity, { values, trials, column }: DensityCell): string {
  const [low, high] = values.map(formatNumber);
  return `${low} to ${high}: ${formatInteger(trials)} of ${formatTrials(reached[column]!)}`;
}

/** By column, where the curves are: to the nearest cell. */
export function densityTable(density: CurveDensity): ChartTable {
  const cells = densityCells(density);
  return {
    headers: ["Steps", "Trials", "Lowest", "Median", "Highest"],
    rows: density.reached.map((trials, column) => {
      const own = cells.filter((cell) => cell.column === column);
      const steps = columnSteps(density, column);
      if (own.length === 0) return [steps, trials, "", "", ""];
      return [steps, trials, own[0]!.y, medianOf(own), own.at(-1)!.y];
    }),
  };
}

/** @param cells of a column, from the low end. */
function medianOf(cells: readonly DensityCell[]): number {
  const half = cells.reduce((sum, { trials }) => sum + trials, 0) / 2;
  let below = 0;
  return cells.find(({ trials }) => (below += trials) >= half)!.y;
}

/** On a logarithmic scale: one trial shows beside a thousand. */
function shareOf(trials: number, most: number): number {
  return most === 1 ? 1 : Math.log(trials) / Math.log(most);
}

function rowValues({ rows, range: [low, high], log }: CurveDensity, row: number): Ends {
  const at = (edge: number) => (log ? low * (high / low) ** (edge / rows) : low + ((high - low) * edge) / rows);
  return [at(row), at(row + 1)];
}

function columnSteps({ firstStep, stepsPerColumn }: CurveDensity, column: number): string {
  const first = firstStep + Math.ceil(column * stepsPerColumn - 0.5);
  const last = firstStep + Math.ceil((column + 1) * stepsPerColumn - 0.5) - 1;
  return first === last ? formatInteger(first) : `${formatInteger(first)}–${formatInteger(last)}`;
}
