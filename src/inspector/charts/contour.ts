import type { AxisRange, ContourField, ParamAxis } from "../../protocol/charts.js";
import { isBetter } from "../../engine/study/best-trials.js";
import type { Direction } from "../../engine/storage.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";
import { fillGaps } from "./fill-gaps.js";
import { objectiveTrials, planeAxis, planeParams } from "./param-axes.js";
import type { ValuedTrial } from "./shown-trials.js";

const MAX_TRIALS = 2_000;
/** Places along each axis of the field. */
const PLACES = 64;

/** Optuna's `plot_contour` of two parameters: the objective over them, and the trials it was estimated from. */
export const contour: ChartMaker<"contour"> = {
  make(source, { objective = 0, params }) {
    const { all, shown, common, direction } = objectiveTrials(source, objective, MAX_TRIALS);
    const names = planeParams(common.params, params, all);
    // Several objectives have no single direction by which Optuna could choose.
    const choose = source.study.directions.length > 1 ? null : direction;
    return {
      ...common,
      values: shown.map(({ value }) => value),
      axes: names.flatMap((name) => planeAxis(name, all, shown) ?? []),
      field: fieldOf(
        names.flatMap((name) => planeAxis(name, all, all) ?? []),
        all,
        choose,
      ),
    };
  },
  isSlow: true,
  version: countComplete,
};

export interface ContourCell {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/**
 * Every place where there are trials, with the best of their values; without a direction, as in Optuna, with the last.
 * @param x a parameter's axis, as `y`: with a value for each of the trials.
 */
export function contourCells(
  x: ParamAxis,
  y: ParamAxis,
  trials: readonly ValuedTrial[],
  direction: Direction | null,
): ContourCell[] {
  const cells = new Map<string, ContourCell>();
  for (const [i, { value }] of trials.entries()) {
    const [atX, atY] = [x.values[i]!, y.values[i]!];
    if (atX === null || atY === null) continue;
    const key = `${atX},${atY}`;
    const before = cells.get(key);
    if (before === undefined || direction === null || isBetter(value, before.value, direction))
      cells.set(key, { x: atX, y: atY, value });
  }
  return [...cells.values()];
}

function fieldOf(
  [x, y]: readonly ParamAxis[],
  trials: readonly ValuedTrial[],
  direction: Direction | null,
): ContourField | null {
  if (x === undefined || y === undefined) return null;
  const cells = contourCells(x, y, trials, direction);
  if (cells.length === 0 || !varies(x) || !varies(y)) return null;
  const known = new Map<number, number>();
  for (const cell of cells) {
    const place = placeOn(y, cell.y) * PLACES + placeOn(x, cell.x);
    const before = known.get(place);
    if (before === undefined || (direction !== null && isBetter(cell.value, before, direction)))
      known.set(place, cell.value);
  }
  return { columns: PLACES, rows: PLACES, values: fillGaps(known, PLACES, PLACES) };
}

/** Whether there is more than one value; Optuna draws nothing else. */
function varies({ range: [low, high] }: ParamAxis): boolean {
  return low < high;
}

/** The nearest of the places that divide an axis evenly. */
function placeOn({ scale, range }: ParamAxis, value: number): number {
  const measure = scale === "log" ? Math.log : (number: number) => number;
  const [low, high] = range.map(measure) as unknown as AxisRange;
  return Math.round(((measure(value) - low) / (high - low)) * (PLACES - 1));
}
