import type { ParamValue } from "../../engine/distribution.js";
import { toLoss } from "../../engine/multi-objective/losses.js";
import { nonDominationRanks } from "../../engine/multi-objective/non-domination.js";
import { isConstrained, isFeasible } from "../../engine/trial/constraints.js";
import type { Direction } from "../../engine/storage.js";
import { own, type TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { AxisRange, ObjectiveAxis, ParallelAxis } from "../../protocol/charts.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";
import { directionOf } from "./objective.js";
import {
  categoryAxis,
  chosenParams,
  firstDistribution,
  isNumeric,
  numericAxis,
  paramTrials,
  triedChoices,
} from "./param-axes.js";
import { finiteTrials, sampleTrials, type ValuedTrial } from "./shown-trials.js";

const DEFAULT_PARAMS = 8;
const MAX_TRIALS = 500;
/** So many of the best have their exact rank: of all others it says little, and would take long. */
const MAX_EXACT = 1_000;
/** The share of an axis below the lowest value, if trials without the parameter have their place there. */
const MISSING_SHARE = 0.12;

/** Optuna's `plot_parallel_coordinate`: each trial as a line across an axis per objective and parameter. */
export const parallelCoordinates: ChartMaker<"parallel-coordinates"> = {
  make(source, { objective, params }) {
    const { directions } = source.study;
    const isRank = objective === undefined && directions.length > 1;
    const ofValue = directionOf(source.study, objective ?? 0);
    const direction = isRank ? "minimize" : ofValue;
    const valued = (trials: readonly TrialSnapshot[]) =>
      isRank ? byRank(trials, directions) : finiteTrials(trials, objective ?? 0);
    const all = valued(source.trials);
    const sign = direction === "minimize" ? 1 : -1;
    const shown = sampleTrials(all, direction, MAX_TRIALS).toSorted((a, b) => sign * (a.value - b.value));
    const common = paramTrials(source, { all, shown, direction }, valued);
    const objectives = isRank ? [...directions.keys()] : [objective ?? 0];
    return {
      ...common,
      feasible: feasibility(all, shown),
      objectives: objectives.map((index) => objectiveAxis(index, all, shown)),
      axes: chosenParams(common.params, params, DEFAULT_PARAMS).flatMap((name) => axisOf(name, all, shown) ?? []),
      colors: shown.map(({ value }) => value),
      isRank,
    };
  },
  isSlow: true,
  version: countComplete,
};

/** Once a trial has a constraint, one without any is not feasible. */
function feasibility(all: readonly ValuedTrial[], shown: readonly ValuedTrial[]): boolean[] {
  const hasConstraints = all.some(({ trial }) => isConstrained(trial));
  return shown.map(({ trial }) => !hasConstraints || (isConstrained(trial) && isFeasible(trial)));
}

/** By the rank that the trials of several objectives have among each other. */
function byRank(trials: readonly TrialSnapshot[], directions: readonly Direction[]): ValuedTrial[] {
  const finite = trials.filter(({ state, values }) => state === "COMPLETE" && values?.every(Number.isFinite));
  const ranks = nonDominationRanks(
    finite.map(({ values }) => toLoss(values!, directions)),
    { exact: MAX_EXACT },
  );
  return finite.map((trial, i) => ({ trial, value: ranks[i]! }));
}

function objectiveAxis(objective: number, all: readonly ValuedTrial[], shown: readonly ValuedTrial[]): ObjectiveAxis {
  const valueOf = ({ trial }: ValuedTrial) => trial.values![objective]!;
  let [low, high] = [Infinity, -Infinity];
  for (const trial of all) {
    low = Math.min(low, valueOf(trial));
    high = Math.max(high, valueOf(trial));
  }
  return { objective, range: low > high ? [0, 0] : [low, high], values: shown.map(valueOf) };
}

function axisOf(name: string, all: readonly ValuedTrial[], shown: readonly ValuedTrial[]): ParallelAxis | undefined {
  const distribution = firstDistribution(all, name);
  if (distribution === undefined) return undefined;
  const hasMissing = all.some(({ trial }) => own(trial.params, name) === undefined);
  if (distribution.type !== "categorical") {
    const axis = numericAxis(name, distribution, all, shown, hasMissing ? withMissing : (low, high) => [low, high]);
    return { ...axis, missing: hasMissing ? axis.range[0] : null };
  }
  const choices = [...triedChoices(all, name, pythonKey).values()];
  if (isNumeric(distribution)) choices.sort((a, b) => Number(a) - Number(b));
  const axis = categoryAxis(name, choices, shown, pythonKey);
  return { ...axis, range: [hasMissing ? -1 : 0, choices.length - 1], missing: hasMissing ? -1 : null };
}

function withMissing(low: number, high: number, log: boolean): AxisRange {
  const [from, to] = log ? [Math.log10(low), Math.log10(high)] : [low, high];
  const missing = from === to ? from - 1 : from - ((to - from) * MISSING_SHARE) / (1 - MISSING_SHARE);
  return [log ? 10 ** missing : missing, high];
}

/** Python takes true for 1, and false for 0. */
function pythonKey(choice: ParamValue): ParamValue {
  return typeof choice === "boolean" ? Number(choice) : choice;
}
