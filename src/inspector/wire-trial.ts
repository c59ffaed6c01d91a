import { failReasonOf } from "../engine/fail-reason.js";
import { durationMs, type FrozenTrial, lastStep } from "../engine/trial-snapshot.js";
import type { TrialDetail, TrialRow } from "../protocol/inspector.js";
import { readPeakMemory } from "../protocol/peak-memory.js";
import { toWire, toWireParams } from "../protocol/wire.js";

export function trialRow(trial: FrozenTrial): TrialRow {
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
  };
}

export function trialDetail(trial: FrozenTrial): TrialDetail {
  return {
    ...trialRow(trial),
    intermediateValues: wirePoints(trial),
    userAttrs: trial.userAttrs,
    peakMemory: readPeakMemory(trial.systemAttrs),
  };
}

/** By step, all of them. */
export function wirePoints(trial: FrozenTrial): TrialDetail["intermediateValues"] {
  return Array.from(trial.intermediateValues, ([step, value]) => [step, toWire(value)] as const);
}
