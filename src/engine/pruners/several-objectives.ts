import { nonDominationRanks } from "../multi-objective/non-domination.js";
import { toLoss } from "../multi-objective/losses.js";
import type { Direction } from "../storage.js";
import type { StudyView } from "../study/study-view.js";
import { reportedValues, withCurveOf } from "../trial/reports.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";
import type { Pruner } from "./pruner.js";

/**
 * What trials of several objectives are pruned by: one of the objectives, from 0, or `rank`: at each step, the non-domination rank of what a
 * trial reported among all that was reported there (Deb et al. 2002), 0 for the Pareto front.
 */
export type PruneBy = "rank" | number;

/** These compare with what was so at an earlier moment, or with numbers of the user's: a rank is neither. */
const notByRank: readonly string[] = [
  "SuccessiveHalvingPruner",
  "HyperbandPruner",
  "ThresholdPruner",
  "WilcoxonPruner",
];

/** What is wrong with it for a study, as a clause; undefined if nothing is. */
export function wrongPruneBy(
  pruneBy: unknown,
  directions: readonly Direction[],
  pruner: Pruner | undefined,
): string | undefined {
  if (pruneBy === undefined) return undefined;
  const last = directions.length - 1;
  if (last === 0) return "it is for several objectives, and the study has one; remove it";
  if (pruneBy !== "rank" && !(Number.isInteger(pruneBy) && Number(pruneBy) >= 0 && Number(pruneBy) <= last))
    return `use "rank", or an objective's index from 0 to ${last}`;
  if (pruneBy === "rank" && pruner && notByRank.includes(pruner.name))
    return `${pruner.name} cannot compare ranks; name an objective's index from 0 to ${last}, or use median(), percentile() or patient()`;
  return undefined;
}

/** Asks a pruner, which knows one objective only, about a trial of several. */
export function pruneSeveral(study: StudyView, trial: TrialSnapshot, pruner: Pruner, pruneBy: PruneBy): boolean {
  const objectives = study.directions.length;
  if (pruneBy !== "rank") {
    const direction = study.directions[pruneBy]!;
    const curveOf = (each: TrialSnapshot) => withCurveOf(each, pruneBy, objectives);
    return pruner.prune(seenAs(study, direction, curveOf), curveOf(trial));
  }
  const ranks = ranksByStep(study);
  const ranked = (each: TrialSnapshot) => ({ ...each, intermediateValues: ranks.get(each.number) ?? new Map() });
  return pruner.prune(seenAs(study, "minimize", ranked), ranked(trial));
}

/** The study as one of a single objective, whose trials have other intermediate values. */
function seenAs(study: StudyView, direction: Direction, of: (trial: TrialSnapshot) => TrialSnapshot): StudyView {
  return Object.create(study, {
    directions: { value: [direction] },
    getTrials: { value: (states?: readonly TrialState[]) => study.getTrials(states).map(of) },
  }) as StudyView;
}

/** Of each step, the ranks as they were when so many trials had reported: reports do not change. */
const known = new WeakMap<StudyView, Map<number, { readonly count: number; readonly ranks: readonly number[] }>>();

/** By trial number, the rank at each step. */
function ranksByStep(study: StudyView): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const reports = new Map<number, { readonly number: number; readonly values: readonly number[] }[]>();
  for (const trial of study.getTrials())
    for (const [step, values] of reportedValues(trial)) {
      const atStep = reports.get(step) ?? [];
      if (atStep.length === 0) reports.set(step, atStep);
      atStep.push({ number: trial.number, values });
    }
  const ranks = new Map<number, Map<number, number>>();
  for (const [step, atStep] of [...reports].sort(([a], [b]) => a - b)) {
    for (const [i, rank] of ranksAt(
      study,
      step,
      atStep.map(({ values }) => values),
    ).entries()) {
      const { number } = atStep[i]!;
      if (!ranks.has(number)) ranks.set(number, new Map());
      ranks.get(number)!.set(step, rank);
    }
  }
  return ranks;
}

function ranksAt(study: StudyView, step: number, values: readonly (readonly number[])[]): readonly number[] {
  const ofStudy = known.get(study) ?? new Map<number, { readonly count: number; readonly ranks: readonly number[] }>();
  known.set(study, ofStudy);
  const before = ofStudy.get(step);
  if (before?.count === values.length) return before.ranks;
  const ranks = nonDominationRanks(values.map((each) => lossOf(each, study.directions)));
  ofStudy.set(step, { count: values.length, ranks });
  return ranks;
}

/** NaN is worse than anything. */
function lossOf(values: readonly number[], directions: readonly Direction[]): readonly number[] {
  return toLoss(values, directions).map((loss) => (Number.isNaN(loss) ? Infinity : loss));
}
