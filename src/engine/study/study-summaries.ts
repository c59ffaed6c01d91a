import { findBestTrial } from "./best-trials.js";
import { countStates } from "../trial/fail-reason.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";
import { readMetricNames } from "./metric-names.js";
import type { StudySnapshot, Storage } from "../storage.js";

/** A study in a listing: its `getStudy` snapshot and a summary of its trials. */
export interface StudySummary extends StudySnapshot {
  /** The names of the objective's values, one per direction; `undefined` if none were set. */
  readonly metricNames: readonly string[] | undefined;
  /** How many trials there are, in all states. */
  readonly trials: number;
  /** How many are in each state. */
  readonly counts: Readonly<Record<TrialState, number>>;
  /** The feasible COMPLETE trial with the best value; `undefined` if there is none, and for several objectives. */
  readonly bestTrial: TrialSnapshot | undefined;
  /** When the first trial started; `undefined` if none has. */
  readonly datetimeStart: Date | undefined;
  /** As {@link inexactParts} says it. */
  readonly inexact: readonly string[];
  /** Tells it from an `UnreadableStudy`. */
  readonly error: undefined;
}

/** A study that cannot be read, and why. The storage's other studies can be. */
export interface UnreadableStudy {
  readonly id: number;
  readonly name: string;
  /** Why it cannot be read. */
  readonly error: Error;
}

/** All studies of a storage by ID, each with its directions, counts, best trial, and start time. Writes nothing. */
export function getStudySummaries({
  storage,
}: {
  readonly storage: Storage;
}): readonly (StudySummary | UnreadableStudy)[] {
  return storage.getStudies().map(({ id, name }) => {
    try {
      return summaryOf(storage.getStudy(id), storage.getTrials(id));
    } catch (error) {
      return { id, name, error: error instanceof Error ? error : new Error(String(error)) };
    }
  });
}

function summaryOf(study: StudySnapshot, trials: readonly TrialSnapshot[]): StudySummary {
  const starts = trials.flatMap(({ datetimeStart }) => (datetimeStart === null ? [] : [datetimeStart.getTime()]));
  const first = starts.reduce((least, start) => Math.min(least, start), Infinity);
  return {
    ...study,
    metricNames: readMetricNames(study),
    trials: trials.length,
    counts: countStates(trials),
    bestTrial: study.directions.length === 1 ? findBestTrial(trials, study.directions[0]!) : undefined,
    datetimeStart: first === Infinity ? undefined : new Date(first),
    inexact: inexactParts(study, trials),
    error: undefined,
  };
}

/**
 * The parts of a study with integers that JavaScript cannot represent and that are therefore rounded, such as
 * `user attribute "id" (3 trials)`. Empty if everything is exact.
 */
export function inexactParts(study: StudySnapshot, trials: readonly TrialSnapshot[]): string[] {
  const counts = new Map<string, number>();
  for (const { inexact = [] } of trials) for (const part of inexact) counts.set(part, (counts.get(part) ?? 0) + 1);
  const ofTrials = [...counts].map(([part, count]) => `${part} (${count} ${count === 1 ? "trial" : "trials"})`);
  return [...(study.inexact ?? []), ...ofTrials];
}
