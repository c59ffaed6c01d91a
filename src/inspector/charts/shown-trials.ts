import { isBetter } from "../../engine/study/best-trials.js";
import type { Direction } from "../../engine/storage.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import { evenly } from "./evenly.js";

export interface ValuedTrial {
  readonly trial: TrialSnapshot;
  readonly value: number;
}

/** COMPLETE trials with their value for an objective. */
export function completeTrials(trials: readonly TrialSnapshot[], objective: number): ValuedTrial[] {
  return trials.flatMap((trial): ValuedTrial[] => {
    const value = trial.values?.[objective];
    return trial.state === "COMPLETE" && value !== undefined ? [{ trial, value }] : [];
  });
}

/** The same of those whose value is finite. */
export function finiteTrials(trials: readonly TrialSnapshot[], objective: number): ValuedTrial[] {
  return completeTrials(trials, objective).filter(({ value }) => Number.isFinite(value));
}

/** At most `max` of the trials, in their order: half of them the best, the others evenly chosen. */
export function sampleTrials(
  valued: readonly ValuedTrial[],
  direction: Direction,
  max: number,
): readonly ValuedTrial[] {
  if (valued.length <= max) return valued;
  const bestFirst = valued.toSorted(
    (a, b) => Number(isBetter(b.value, a.value, direction)) || -Number(isBetter(a.value, b.value, direction)),
  );
  const chosen = new Set(bestFirst.slice(0, Math.ceil(max / 2)));
  const others = valued.filter((trial) => !chosen.has(trial));
  for (const trial of evenly(others, max - chosen.size)) chosen.add(trial);
  return valued.filter((trial) => chosen.has(trial));
}
