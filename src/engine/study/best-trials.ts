import { TunelensError } from "../errors.js";
import { isFeasible } from "../trial/constraints.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { hypervolume } from "../multi-objective/hypervolume.js";
import { toLoss } from "../multi-objective/losses.js";
import { paretoFront } from "../multi-objective/non-domination.js";
import type { Direction } from "../storage.js";
import type { StudyView } from "./study-view.js";

/** The feasible COMPLETE trial with the best first value, the earliest among equals. */
export function findBestTrial(trials: readonly TrialSnapshot[], direction: Direction): TrialSnapshot | undefined {
  let best: TrialSnapshot | undefined;
  for (const trial of trials) {
    const value = completeValues(trial)?.[0];
    if (value === undefined) continue;
    if (best === undefined || isBetter(value, best.values![0]!, direction)) best = trial;
  }
  return best;
}

/** As `Study.bestTrial`. */
export function requireBestTrial(study: Pick<StudyView, "name" | "directions" | "getTrials">): TrialSnapshot {
  const { name, directions } = study;
  if (directions.length > 1)
    throw new TunelensError(
      "no-best-trial",
      `Study "${name}" has several objectives and therefore no single best trial. Use bestTrials.`,
    );
  const complete = study.getTrials(["COMPLETE"]);
  const best = findBestTrial(complete, directions[0]!);
  if (best) return best;
  const reason = complete.length > 0 ? "that satisfies its constraints" : "yet";
  throw new TunelensError("no-best-trial", `Study "${name}" has no complete trial ${reason}.`);
}

/** The feasible COMPLETE trials that no other such trial dominates, by number. With one direction: every trial with the best value. */
export function findParetoFront(trials: readonly TrialSnapshot[], directions: readonly Direction[]): TrialSnapshot[] {
  const candidates = trials.filter((trial) => completeValues(trial));
  const onFront = paretoFront(candidates.map(({ values }) => toLoss(values!, directions)));
  return candidates.filter((_, i) => onFront[i]);
}

/**
 * The volume between the reference point and what the feasible COMPLETE trials have reached; those that do not reach the reference
 * point in every objective add nothing.
 * @param reference one value per direction, in the study's own terms: for `maximize` below what is hoped for.
 */
export function dominatedHypervolume(
  trials: readonly TrialSnapshot[],
  directions: readonly Direction[],
  reference: readonly number[],
): number {
  const corner = toLoss(reference, directions);
  const losses = trials.flatMap((trial) => {
    const values = completeValues(trial);
    return values ? [toLoss(values, directions)] : [];
  });
  const within = losses.filter((loss) => loss.every((value, i) => value <= corner[i]!));
  return hypervolume(within, corner);
}

export function isBetter(value: number, than: number, direction: Direction): boolean {
  return direction === "minimize" ? value < than : value > than;
}

function completeValues(trial: TrialSnapshot): readonly number[] | undefined {
  return trial.state === "COMPLETE" && trial.values && isFeasible(trial) ? trial.values : undefined;
}
