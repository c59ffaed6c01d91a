import type { ParamAxis } from "../../protocol/charts.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";
import { categoryAxis, chosenParams, firstDistribution, numericAxis, objectiveTrials, padded } from "./param-axes.js";
import type { ValuedTrial } from "./shown-trials.js";

const DEFAULT_PARAMS = 4;
const MAX_TRIALS = 1_000;

/** Optuna's `plot_slice`: each trial's value by each parameter's. */
export const slice: ChartMaker<"slice"> = {
  make(source, { objective = 0, params }) {
    const { all, shown, common } = objectiveTrials(source, objective, MAX_TRIALS);
    return {
      ...common,
      values: shown.map(({ value }) => value),
      axes: chosenParams(common.params, params, DEFAULT_PARAMS).flatMap((name) => axisOf(name, all, shown) ?? []),
    };
  },
  isSlow: true,
  version: countComplete,
};

/** A categorical parameter has all its choices, those that are numbers, too. */
function axisOf(name: string, all: readonly ValuedTrial[], shown: readonly ValuedTrial[]): ParamAxis | undefined {
  const distribution = firstDistribution(all, name);
  if (distribution === undefined) return undefined;
  if (distribution.type !== "categorical") return numericAxis(name, distribution, all, shown, padded);
  return categoryAxis(name, distribution.choices, shown, (choice) => choice);
}
