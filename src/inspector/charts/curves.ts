import { isBetter } from "../../engine/study/best-trials.js";
import type { Direction } from "../../engine/storage.js";
import type { CurveChoice } from "../../protocol/charts.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import { wirePoints } from "../wire-trial.js";
import type { ChartMaker } from "./chart-maker.js";
import { downsample } from "./downsample.js";
import { evenly } from "./evenly.js";
import { directionOf } from "./objective.js";

const DEFAULT_CURVES = 50;
const MAX_CURVES = 500;
const MAX_POINTS = 400;
/** Of all curves together: whoever passes them on must not stop for it. */
const MAX_POINTS_TOGETHER = 20_000;

/** Curves of trials that reported, by number. */
export const curves: ChartMaker<"curves"> = {
  make({ study, trials }, { limit = DEFAULT_CURVES, which = "mixed", trials: numbers, states }) {
    const reporting = trials.filter(
      (trial) =>
        trial.intermediateValues.size > 0 &&
        (states === undefined || states.includes(trial.state)) &&
        (numbers === undefined || numbers.includes(trial.number)),
    );
    const count = Math.max(0, Math.min(limit, MAX_CURVES));
    const chosen = choosers[which](reporting, directionOf(study, 0), count);
    const most = Math.min(MAX_POINTS, Math.floor(MAX_POINTS_TOGETHER / chosen.length));
    return chosen
      .toSorted((a, b) => a.number - b.number)
      .map((trial) => ({
        number: trial.number,
        state: trial.state,
        points: downsample(wirePoints(trial), most, ([, value]) => Number(value)),
      }));
  },
};

const choosers: Readonly<Record<CurveChoice, typeof choose>> = {
  mixed: choose,
  best: (reporting, direction, count) => bestFirst(reporting, direction).slice(0, count),
  latest: (reporting, _direction, count) => (count === 0 ? [] : reporting.slice(-count)),
  spread: (reporting, _direction, count) => (reporting.length <= count ? reporting : evenly(reporting, count)),
};

/** Those that run, then half of what is left the best, the rest the latest. */
function choose(reporting: readonly TrialSnapshot[], direction: Direction, count: number): readonly TrialSnapshot[] {
  if (reporting.length <= count) return reporting;
  const chosen = new Set<TrialSnapshot>();
  const add = (some: readonly TrialSnapshot[], upTo: number) => {
    for (const trial of some) if (chosen.size < upTo) chosen.add(trial);
  };
  const latest = reporting.toReversed();
  add(
    latest.filter(({ state }) => state === "RUNNING"),
    count,
  );
  add(bestFirst(reporting, direction), chosen.size + Math.ceil((count - chosen.size) / 2));
  add(latest, count);
  return [...chosen];
}

function bestFirst(trials: readonly TrialSnapshot[], direction: Direction): TrialSnapshot[] {
  return trials
    .filter(({ state, values }) => state === "COMPLETE" && values !== null)
    .sort((a, b) => {
      const [x, y] = [a.values![0]!, b.values![0]!];
      return isBetter(x, y, direction) ? -1 : isBetter(y, x, direction) ? 1 : a.number - b.number;
    });
}
