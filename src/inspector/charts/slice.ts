import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ParamAxis } from "../../protocol/charts.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";
import { directionOf } from "./objective.js";
import { categoryAxis, chosenParams, firstDistribution, numericAxis, padded, paramTrials } from "./param-axes.js";
import { finiteTrials, sampleTrials, type ValuedTrial } from "./shown-trials.js";

const DEFAULT_PARAMS = 4;
const MAX_TRIALS = 1_000;

/** Optuna's `plot_slice`: each trial's value by each parameter's. */
export const slice: ChartMaker<"slice"> = {
  make(source, { objective = 0, params }) {
    const direction = directionOf(source.study, objective);
    const valued = (trials: readonly TrialSnapshot[]) => finiteTrials(trials, objective);
    const all = valued(source.trials);
    const shown = sampleTrials(all, direction, MAX_TRIALS);
    const common = paramTrials(source, { all, shown, direction }, valued);
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
