import { failReasonOf } from "../engine/trial/fail-reason.js";
import { durationMs, type TrialSnapshot, lastStep } from "../engine/trial/trial-snapshot.js";
import type { StudySnapshot } from "../engine/storage.js";
import { readNote, readTags, readTrialArtifacts } from "../protocol/annotations.js";
import type { TrialDetail, TrialSummary } from "../protocol/inspector.js";
import { readPeakMemory } from "../protocol/peak-memory.js";
import { toWire, toWireParams } from "../protocol/wire.js";

export function trialSummary(trial: TrialSnapshot, { systemAttrs }: StudySnapshot): TrialSummary {
  const last = lastStep(trial);
  return {
    number: trial.number,
    state: trial.state,
    values: trial.values?.map(toWire) ?? null,
    params: toWireParams(trial.params),
    startedAt: trial.datetimeStart?.getTime() ?? null,
    durationMs: durationMs(trial),
    lastStep: last,
    lastValue: last === null ? null : toWire(trial.intermediateValues.get(last)!),
    failReason: failReasonOf(trial) ?? null,
    tags: readTags(systemAttrs, trial.id),
  };
}

export function trialDetail(trial: TrialSnapshot, study: StudySnapshot): TrialDetail {
  return {
    ...trialSummary(trial, study),
    intermediateValues: wirePoints(trial),
    userAttrs: trial.userAttrs,
    peakMemory: readPeakMemory(trial.systemAttrs),
    note: readNote(study.systemAttrs, trial.id),
    artifacts: readTrialArtifacts(study.systemAttrs, trial.id, trial.systemAttrs),
  };
}

/** By step, all of them. */
export function wirePoints(trial: TrialSnapshot): TrialDetail["intermediateValues"] {
  return Array.from(trial.intermediateValues, ([step, value]) => [step, toWire(value)] as const);
}
