import { isBetter } from "../../engine/study/best-trials.js";
import { isFeasible } from "../../engine/trial/constraints.js";
import type { Direction } from "../../engine/storage.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import { toWire } from "../../protocol/wire.js";
import { chartState } from "./chart-state.js";
import type { ChartMaker } from "./chart-maker.js";
import { downsample } from "./downsample.js";
import { directionOf } from "./objective.js";

const MAX_POINTS = 2_000;

interface ValuedTrial {
  readonly trial: TrialSnapshot;
  readonly value: number;
}

/** COMPLETE and PRUNED trials' values by number, and the feasible COMPLETE ones that were the best so far. */
export const history: ChartMaker<"history"> = {
  needsHeadsOnly: true,
  make({ study, trials }, { objective = 0 }) {
    const direction = directionOf(study, objective);
    const valued = trials.flatMap((trial): ValuedTrial[] => {
      const value = trial.values?.[objective];
      const isShown = trial.state === "COMPLETE" || trial.state === "PRUNED";
      return value === undefined || !isShown ? [] : [{ trial, value }];
    });
    const best = bestSoFar(valued, direction);
    const points = downsample(valued, MAX_POINTS, ({ value }) => value, best);
    return {
      points: points.map(({ trial, value }) => [trial.number, toWire(value), chartState(trial)]),
      best: Array.from(best, ({ trial, value }) => [trial.number, toWire(value)]),
    };
  },
};

function bestSoFar(valued: readonly ValuedTrial[], direction: Direction): Set<ValuedTrial> {
  const best = new Set<ValuedTrial>();
  let bestValue: number | undefined;
  for (const point of valued) {
    if (point.trial.state !== "COMPLETE" || !isFeasible(point.trial)) continue;
    if (bestValue !== undefined && !isBetter(point.value, bestValue, direction)) continue;
    bestValue = point.value;
    best.add(point);
  }
  return best;
}
