import { InvalidArgumentError } from "../../engine/errors.js";
import { toLoss } from "../../engine/multi-objective/losses.js";
import { paretoFront as onParetoFront } from "../../engine/multi-objective/non-domination.js";
import type { Direction } from "../../engine/storage.js";
import { isFeasible } from "../../engine/trial/constraints.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ObjectivePoint } from "../../protocol/charts.js";
import { toWire } from "../../protocol/wire.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";
import { downsample } from "./downsample.js";
import { directionOf } from "./objective.js";

const MAX_POINTS = 2_000;
const MAX_AXES = 3;

/** The same trials as in Optuna's `plot_pareto_front`, in the same three groups. */
export const paretoFront: ChartMaker<"pareto-front"> = {
  isSlow: true,
  needsHeadsOnly: true,
  make({ study, trials }, { objectives = study.directions.map((_, i) => i).slice(0, MAX_AXES) }) {
    if (objectives.length > MAX_AXES || objectives.length < 1)
      throw new InvalidArgumentError(`A Pareto front has one to three axes, not ${objectives.length}.`);
    for (const objective of objectives) directionOf(study, objective);
    const { best, dominated, infeasible } = groups(trials, study.directions);
    const points = (some: readonly TrialSnapshot[]) => pointsOf(some, objectives);
    return {
      objectives,
      best: points(best),
      dominated: points(dominated),
      infeasible: points(infeasible),
      counts: { best: best.length, dominated: dominated.length, infeasible: infeasible.length },
    };
  },
  version: countComplete,
};

function groups(trials: readonly TrialSnapshot[], directions: readonly Direction[]) {
  const complete = trials.filter(({ state, values }) => state === "COMPLETE" && values !== null);
  const [feasible, infeasible]: [TrialSnapshot[], TrialSnapshot[]] = [[], []];
  for (const trial of complete) (isFeasible(trial) ? feasible : infeasible).push(trial);
  const isBest = onParetoFront(feasible.map(({ values }) => toLoss(values!, directions)));
  return {
    best: feasible.filter((_, i) => isBest[i]),
    dominated: feasible.filter((_, i) => !isBest[i]),
    infeasible,
  };
}

/** Of too many, those that are the lowest and the highest along the first axis. */
function pointsOf(trials: readonly TrialSnapshot[], objectives: readonly number[]): readonly ObjectivePoint[] {
  if (trials.length <= MAX_POINTS) return trials.map((trial) => pointOf(trial, objectives));
  const [first = 0, second = first] = objectives;
  const along = trials.toSorted((a, b) => a.values![first]! - b.values![first]! || a.number - b.number);
  return downsample(along, MAX_POINTS, ({ values }) => values![second]!)
    .map((trial) => pointOf(trial, objectives))
    .sort(([a], [b]) => a - b);
}

function pointOf({ number, values }: TrialSnapshot, objectives: readonly number[]): ObjectivePoint {
  return [number, ...objectives.map((objective) => toWire(values![objective]!))];
}
