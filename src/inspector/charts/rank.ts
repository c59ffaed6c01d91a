import { toWire } from "../../protocol/wire.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";
import { objectiveTrials, planeAxis, planeParams } from "./param-axes.js";
import { completeTrials } from "./shown-trials.js";

const MAX_TRIALS = 2_000;

/** Optuna's `plot_rank`: trials by two parameters, and how their values rank. */
export const rank: ChartMaker<"rank"> = {
  make(source, { objective = 0, params }) {
    const { all, shown, common } = objectiveTrials(source, objective, MAX_TRIALS, completeTrials);
    const ranks = meanRanks(all.map(({ value }) => value));
    return {
      ...common,
      values: shown.map(({ value }) => toWire(value)),
      ranks: shown.map(({ value }) => ranks.get(value)!),
      axes: planeParams(common.params, params, all).flatMap((name) => planeAxis(name, all, shown) ?? []),
    };
  },
  isSlow: true,
  version: countComplete,
};

/** By value, the mean of the places that those equal to it have in order, from 0 to 1; of a single one, ½. */
function meanRanks(values: readonly number[]): Map<number, number> {
  const sorted = Float64Array.from(values).sort();
  const ranks = new Map<number, number>();
  for (let from = 0; from < sorted.length;) {
    const value = sorted[from]!;
    let to = from;
    while (to + 1 < sorted.length && sorted[to + 1]! === value) to++;
    ranks.set(value, sorted.length > 1 ? (from + to) / 2 / (sorted.length - 1) : 0.5);
    from = to + 1;
  }
  return ranks;
}
