import { isBetter } from "../engine/best-trials.js";
import type { TrialSnapshot } from "../engine/trial-snapshot.js";
import type { Direction } from "../engine/storage.js";
import type { CurveQuery, LearningCurve } from "../protocol/inspector.js";
import { downsample } from "./downsample.js";
import { wirePoints } from "./wire-trial.js";

const DEFAULT_CURVES = 50;
const MAX_CURVES = 500;
const MAX_POINTS = 400;

/** Curves of trials that reported: those that run, then half of the limit the best, the rest the latest. By number. */
export function learningCurves(
  trials: readonly TrialSnapshot[],
  direction: Direction,
  { limit = DEFAULT_CURVES, states }: CurveQuery,
): LearningCurve[] {
  const count = Math.max(0, Math.min(limit, MAX_CURVES));
  const reporting = trials.filter(
    (trial) => trial.intermediateValues.size > 0 && (states === undefined || states.includes(trial.state)),
  );
  const chosen = new Set<TrialSnapshot>();
  const choose = (some: readonly TrialSnapshot[], upTo: number) => {
    for (const trial of some) if (chosen.size < upTo) chosen.add(trial);
  };
  if (reporting.length <= count) choose(reporting, count);
  else {
    const latest = reporting.toReversed();
    choose(
      latest.filter(({ state }) => state === "RUNNING"),
      count,
    );
    choose(bestFirst(reporting, direction), chosen.size + Math.ceil((count - chosen.size) / 2));
    choose(latest, count);
  }
  return [...chosen]
    .sort((a, b) => a.number - b.number)
    .map((trial) => ({
      number: trial.number,
      state: trial.state,
      points: downsample(wirePoints(trial), MAX_POINTS, ([, value]) => Number(value)),
    }));
}

function bestFirst(trials: readonly TrialSnapshot[], direction: Direction): TrialSnapshot[] {
  return trials
    .filter(({ state, values }) => state === "COMPLETE" && values !== null)
    .sort((a, b) => {
      const [x, y] = [a.values![0]!, b.values![0]!];
      return isBetter(x, y, direction) ? -1 : isBetter(y, x, direction) ? 1 : a.number - b.number;
    });
}
