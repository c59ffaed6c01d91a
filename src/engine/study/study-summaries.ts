import { findBestTrial } from "./best-trials.js";
import { countStates, type TrialSnapshot, type TrialState } from "../trial/trial-snapshot.js";
import { readMetricNames } from "./metric-names.js";
import type { StudySnapshot, Storage } from "../storage.js";

/** A study in a listing: what `getStudy` says, and what its trials come to. */
export interface StudySummary extends StudySnapshot {
  /** What the objective's values are, one name per direction; `undefined` where nobody said. */
  readonly metricNames: readonly string[] | undefined;
  /** How many there are, in all states. */
  readonly trials: number;
  readonly counts: Readonly<Record<TrialState, number>>;
  /** The feasible COMPLETE trial with the best value; `undefined` while there is none, and for several objectives. */
  readonly bestTrial: TrialSnapshot | undefined;
  /** When the first trial started; `undefined` while none did. */
  readonly datetimeStart: Date | undefined;
  /** As {@link inexactParts} says it. */
  readonly inexact: readonly string[];
  readonly error: undefined;
}

/** A study that cannot be read, and why. The others of its storage can. */
export interface UnreadableStudy {
  readonly id: number;
  readonly name: string;
  readonly error: Error;
}

/** All studies of a storage, by id, each with its directions, its counts, its best trial and its start. Nothing is written. */
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
 * What of a study is a whole number that JavaScript does not have, and is the nearest that it has, e.g. `user attribute "id" (3 trials)`.
 * Empty where all is as it is stored.
 */
export function inexactParts(study: StudySnapshot, trials: readonly TrialSnapshot[]): string[] {
  const counts = new Map<string, number>();
  for (const { inexact = [] } of trials) for (const part of inexact) counts.set(part, (counts.get(part) ?? 0) + 1);
  const ofTrials = [...counts].map(([part, count]) => `${part} (${count} ${count === 1 ? "trial" : "trials"})`);
  return [...(study.inexact ?? []), ...ofTrials];
}
