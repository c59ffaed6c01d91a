import { isBetter } from "../engine/best-trials.js";
import { isFeasible } from "../engine/constraints.js";
import type { TrialSnapshot } from "../engine/trial-snapshot.js";
import type { Direction } from "../engine/storage.js";
import type { HistoryData } from "../protocol/inspector.js";
import { toWire } from "../protocol/wire.js";
import { downsample } from "./downsample.js";

const MAX_POINTS = 2_000;

interface ValuedTrial {
  readonly trial: TrialSnapshot;
  readonly value: number;
}

/** First objective: COMPLETE and PRUNED trials' values by number, and the feasible COMPLETE ones that were the best so far. */
export function studyHistory(trials: readonly TrialSnapshot[], direction: Direction): HistoryData {
  const valued = trials.flatMap((trial): ValuedTrial[] => {
    const value = trial.values?.[0];
    const isShown = trial.state === "COMPLETE" || trial.state === "PRUNED";
    return value === undefined || !isShown ? [] : [{ trial, value }];
  });
  const best = new Set<ValuedTrial>();
  let bestValue: number | undefined;
  for (const point of valued) {
    if (point.trial.state !== "COMPLETE" || !isFeasible(point.trial)) continue;
    if (bestValue !== undefined && !isBetter(point.value, bestValue, direction)) continue;
    bestValue = point.value;
    best.add(point);
  }
  const points = downsample(valued, MAX_POINTS, ({ value }) => value, best);
  return {
    points: points.map(({ trial, value }) => [trial.number, toWire(value), trial.state]),
    best: Array.from(best, ({ trial, value }) => [trial.number, toWire(value)]),
  };
}
