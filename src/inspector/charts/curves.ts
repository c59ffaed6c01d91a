import { isBetter } from "../../engine/study/best-trials.js";
import type { Direction } from "../../engine/storage.js";
import type { ChartRequest, CurveChoice, LearningCurve } from "../../protocol/charts.js";
import { continuations } from "../../engine/trial/paused.js";
import { lastReportedStep, withCurveOf } from "../../engine/trial/reports.js";
import type { TrialSnapshot, TrialState } from "../../engine/trial/trial-snapshot.js";
import { wirePoints } from "../wire-trial.js";
import { chartState } from "./chart-state.js";
import type { ChartMaker, ChartSource } from "./chart-maker.js";
import { curveDensity } from "./curve-density.js";
import { downsample } from "./downsample.js";
import { directionOf } from "./objective.js";

const DEFAULT_CURVES = 50;
const MAX_CURVES = 500;
const MAX_POINTS = 400;
/** Of all curves together: whoever passes them on must not stop for it. */
const MAX_POINTS_TOGETHER = 20_000;

/** Curves of trials that reported, by number, or the density of all. */
export const curves: ChartMaker<"curves"> = {
  make(source, request) {
    const { objective = 0 } = request;
    const { directions } = source.study;
    const curveOf = (trial: TrialSnapshot) => withCurveOf(trial, objective, directions.length);
    const single = chosen(source, request, hasReported)?.map(curveOf);
    if (single) return { curves: drawn(single), density: null };
    const { trials: numbers = [], states, log = false, full = false } = request;
    const reporting = wholeCurves(source).filter(reportingIn(states, hasReported)).map(curveOf);
    const named = reporting.filter(({ number }) => numbers.includes(number));
    return { curves: drawn(named.slice(0, MAX_CURVES)), density: curveDensity(reporting, log, full) };
  },
  isSlow: ({ which }) => which === "density",
  chosen,
};

type Reports = (trial: TrialSnapshot) => boolean;

const hasReported: Reports = (trial) => lastReportedStep(trial) !== null;

function reportingIn(states: readonly TrialState[] | undefined, reports: Reports): Reports {
  return (trial) => (states === undefined || states.includes(trial.state)) && reports(trial);
}

/** Without the trials that another one continues: its curve begins with theirs. */
function wholeCurves({ trials }: ChartSource): readonly TrialSnapshot[] {
  const continued = continuations(trials);
  return continued.size === 0 ? trials : trials.filter(({ number }) => !continued.has(number));
}

/** @returns undefined for the density, which is of all. */
function chosen(
  source: ChartSource,
  { objective = 0, limit = DEFAULT_CURVES, which = "mixed", trials: numbers, states }: ChartRequest<"curves">,
  reports: Reports,
): readonly TrialSnapshot[] | undefined {
  if (which === "density") return undefined;
  const { study, trials } = source;
  const reporting = (numbers === undefined ? wholeCurves(source) : trials)
    .filter(({ number }) => numbers === undefined || numbers.includes(number))
    .filter(reportingIn(states, reports));
  const count = Math.max(0, Math.min(limit, MAX_CURVES));
  return choosers[which](reporting, directionOf(study, objective), count, objective);
}

function drawn(chosen: readonly TrialSnapshot[]): LearningCurve[] {
  const most = Math.min(MAX_POINTS, Math.floor(MAX_POINTS_TOGETHER / chosen.length));
  return chosen
    .toSorted((a, b) => a.number - b.number)
    .map((trial) => ({
      number: trial.number,
      state: chartState(trial),
      points: downsample(wirePoints(trial), most, ([, value]) => Number(value)),
    }));
}

const choosers: Readonly<Record<Exclude<CurveChoice, "density">, typeof choose>> = {
  mixed: choose,
  best: (reporting, direction, count, objective) => bestFirst(reporting, direction, objective).slice(0, count),
  latest: (reporting, _direction, count) => (count === 0 ? [] : reporting.slice(-count)),
};

/** Those that run, then half of what is left the best, the rest the latest. */
function choose(
  reporting: readonly TrialSnapshot[],
  direction: Direction,
  count: number,
  objective: number,
): readonly TrialSnapshot[] {
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
  add(bestFirst(reporting, direction, objective), chosen.size + Math.ceil((count - chosen.size) / 2));
  add(latest, count);
  return [...chosen];
}

function bestFirst(trials: readonly TrialSnapshot[], direction: Direction, objective: number): TrialSnapshot[] {
  return trials
    .filter(({ state, values }) => state === "COMPLETE" && values !== null)
    .sort((a, b) => {
      const [x, y] = [a.values![objective]!, b.values![objective]!];
      return isBetter(x, y, direction) ? -1 : isBetter(y, x, direction) ? 1 : a.number - b.number;
    });
}
