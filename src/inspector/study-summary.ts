import { findBestTrial, isBetter } from "../engine/study/best-trials.js";
import { countAsides, countFinished, countStates } from "../engine/trial/fail-reason.js";
import type { Distribution } from "../engine/distribution.js";
import { followUpOf } from "../engine/study/follow-up.js";
import { learnedOf } from "../engine/study/learned-trials.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import { inexactParts } from "../engine/study/study-summaries.js";
import { readMetricNames } from "../engine/study/metric-names.js";
import type { Direction, StudySnapshot } from "../engine/storage.js";
import { readKnownTags, readNote, readStudyArtifacts, readTags } from "../protocol/annotations.js";
import type { FrontTrial, StudySummary } from "../protocol/inspector.js";
import type { ParamOutline } from "../protocol/param-outline.js";
import { followUpInfo } from "../protocol/follow-up-info.js";
import { readStudyEnd, readStudySource } from "../protocol/study-source.js";
import type { BestTrial } from "../protocol/trainer.js";
import { toWire, toWireParams } from "../protocol/wire.js";

/** @param storage as the caller named it. @param front the numbers of the trials on the Pareto front. */
export function studySummary(
  storage: string,
  study: StudySnapshot,
  trials: readonly TrialSnapshot[],
  front: ReadonlySet<number>,
): Omit<StudySummary, "olderLibrary" | "workers"> {
  const onFront = study.directions.length > 1 ? trials.filter(({ number }) => front.has(number)) : null;
  return {
    name: study.name,
    storage,
    directions: study.directions,
    metricNames: readMetricNames(study) ?? null,
    counts: countStates(trials),
    ...countAsides(trials),
    finished: countFinished(trials),
    best: bestTrial(study, trials),
    front: onFront && onFront.length,
    extremes: onFront && study.directions.flatMap((direction, i) => extreme(onFront, direction, i) ?? []),
    source: readStudySource(study.systemAttrs),
    end: readStudyEnd(study.systemAttrs),
    followUp: followUpInfo(followUpOf(study.systemAttrs)),
    learned: learnedOf(study.systemAttrs).map(({ study, finished, taken }) => ({ study, finished, taken })),
    params: paramOutlines(latestDistributions(trials)),
    attributes: attributeNames(trials),
    ...times(trials),
    userAttrs: study.userAttrs,
    note: readNote(study.systemAttrs, null),
    tags: readTags(study.systemAttrs, null),
    artifacts: readStudyArtifacts(study.systemAttrs),
    knownTags: readKnownTags(study.systemAttrs),
    inexact: inexactParts(study, trials),
    error: null,
  };
}

/** What is said of a study that cannot be read. */
export function unreadableSummary(storage: string, name: string, error: string): StudySummary {
  const study = { id: 0, name, directions: [], userAttrs: {}, systemAttrs: {} };
  return {
    ...studySummary(storage, study, [], new Set()),
    olderLibrary: null,
    workers: { processes: [], others: 0 },
    error,
  };
}

function bestTrial({ directions }: StudySnapshot, trials: readonly TrialSnapshot[]): BestTrial | null {
  const best = directions.length === 1 ? findBestTrial(trials, directions[0]!) : undefined;
  return best ? { number: best.number, value: toWire(best.values![0]!), params: toWireParams(best.params) } : null;
}

/** The trial on the front that is best in one objective, the earliest among equals. */
function extreme(front: readonly TrialSnapshot[], direction: Direction, objective: number): FrontTrial | undefined {
  const [first, ...others] = front;
  if (!first) return undefined;
  const best = others.reduce(
    (best, trial) => (isBetter(trial.values![objective]!, best.values![objective]!, direction) ? trial : best),
    first,
  );
  return { number: best.number, values: best.values!.map(toWire), params: toWireParams(best.params) };
}

/** Of each parameter, by first use, the latest trial's. */
export function latestDistributions(trials: readonly TrialSnapshot[]): Map<string, Distribution> {
  const latest = new Map<string, Distribution>();
  for (const { distributions } of trials)
    for (const [name, distribution] of Object.entries(distributions)) latest.set(name, distribution);
  return latest;
}

export function paramOutlines(latest: ReadonlyMap<string, Distribution>): ParamOutline[] {
  return Array.from(latest, ([name, distribution]) => paramOutline(name, distribution));
}

export function paramOutline(name: string, distribution: Distribution): ParamOutline {
  const { type } = distribution;
  if (distribution.type === "categorical")
    return { name, type, log: false, choices: distribution.choices.map((choice) => toWireParams({ choice }).choice!) };
  const { log, low, high, step } = distribution;
  return { name, type, log, low: toWire(low), high: toWire(high), ...(step === null ? {} : { step }) };
}

function attributeNames(trials: readonly TrialSnapshot[]): string[] {
  const names = new Set<string>();
  for (const { userAttrs } of trials) for (const name of Object.keys(userAttrs)) names.add(name);
  return [...names];
}

function times(trials: readonly TrialSnapshot[]): Pick<StudySummary, "startedAt" | "changedAt"> {
  let [first, last] = [Infinity, -Infinity];
  for (const { datetimeStart, datetimeComplete } of trials) {
    if (datetimeStart === null) continue;
    first = Math.min(first, datetimeStart.getTime());
    last = Math.max(last, (datetimeComplete ?? datetimeStart).getTime());
  }
  return { startedAt: Number.isFinite(first) ? first : null, changedAt: Number.isFinite(last) ? last : null };
}
