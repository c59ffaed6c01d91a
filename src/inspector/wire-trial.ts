import { failReasonOf } from "../engine/trial/fail-reason.js";
import type { RepeatedConfiguration } from "../engine/trial/repeats.js";
import { withCurveOf } from "../engine/trial/reports.js";
import { originOf } from "../engine/trial/origin.js";
import { continuedTrialNumber, pausedAt } from "../engine/trial/paused.js";
import { retryHistory } from "../engine/trial/retry.js";
import { durationMs, type TrialSnapshot, lastStep } from "../engine/trial/trial-snapshot.js";
import type { StudySnapshot } from "../engine/storage.js";
import { readNote, readTags, readTrialArtifacts } from "../protocol/annotations.js";
import type { TrialDetail, TrialRepeats, TrialSummary } from "../protocol/inspector.js";
import { readPeakMemory } from "../protocol/peak-memory.js";
import { bestReported } from "../query/fields.js";
import { readCodeName } from "../storage/stored-code.js";
import { toWire, toWireParams } from "../protocol/wire.js";

/** What a trial is described with, beside itself. */
export interface TrialContext {
  readonly study: StudySnapshot;
  /** The numbers of the trials on the Pareto front. */
  readonly front: ReadonlySet<number>;
  /** The configurations that were trained several times, by trial. */
  readonly repeated: ReadonlyMap<number, RepeatedConfiguration>;
  /** Of each trial that another one continues: the number of that one. */
  readonly continued: ReadonlyMap<number, number>;
  /** The user attributes asked for. */
  readonly attributes?: readonly string[];
}

/** Of several objectives, what a trial reported is told of the first one. */
export function trialSummary(
  snapshot: TrialSnapshot,
  { study, front, repeated, continued, attributes = [] }: TrialContext,
): TrialSummary {
  const trial = withCurveOf(snapshot, 0, study.directions.length);
  const last = lastStep(trial);
  const best = bestReported(study.directions[0] ?? "minimize")(trial);
  const known = attributes.filter((name) => Object.hasOwn(trial.userAttrs, name));
  return {
    number: trial.number,
    state: trial.state,
    values: trial.values?.map(toWire) ?? null,
    params: toWireParams(trial.params),
    startedAt: trial.datetimeStart?.getTime() ?? null,
    durationMs: durationMs(trial),
    lastStep: last,
    lastValue: last === null ? null : toWire(trial.intermediateValues.get(last)!),
    bestValue: best === undefined ? null : toWire(best),
    peakMemory: readPeakMemory(trial.systemAttrs),
    isOnFront: front.has(trial.number),
    attributes: Object.fromEntries(known.map((name) => [name, trial.userAttrs[name]!])),
    repeats: wireRepeats(repeated.get(trial.number)),
    failReason: failReasonOf(trial) ?? null,
    pausedAt: pausedAt(snapshot) ?? null,
    continuedBy: continued.get(trial.number) ?? null,
    tags: readTags(study.systemAttrs, trial.id),
  };
}

export function trialDetail(trial: TrialSnapshot, context: TrialContext): TrialDetail {
  const { study } = context;
  return {
    ...trialSummary(trial, context),
    origin: originOf(trial) ?? null,
    code: readCodeName(trial.systemAttrs),
    retries: retryHistory(trial).at(-1) ?? null,
    continues: continuedTrialNumber(trial) ?? null,
    intermediateValues: wirePoints(withCurveOf(trial, 0, study.directions.length)),
    userAttrs: trial.userAttrs,
    note: readNote(study.systemAttrs, trial.id),
    artifacts: readTrialArtifacts(study.systemAttrs, trial.id, trial.systemAttrs),
  };
}

function wireRepeats(repeated: RepeatedConfiguration | undefined): TrialRepeats | null {
  if (repeated === undefined) return null;
  return { ...repeated, mean: repeated.mean.map(toWire), deviation: repeated.deviation.map(toWire) };
}

/** By step, all of them. */
export function wirePoints(trial: TrialSnapshot): TrialDetail["intermediateValues"] {
  return Array.from(trial.intermediateValues, ([step, value]) => [step, toWire(value)] as const);
}
