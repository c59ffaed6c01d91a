import { originOf } from "../engine/trial/origin.js";
import { continuedTrialNumber, pausedAt } from "../engine/trial/paused.js";
import { failReasonOf } from "../engine/trial/fail-reason.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { RepeatedConfiguration } from "../engine/trial/repeats.js";
import { durationSeconds } from "../engine/trial/trial-rows.js";
import { escapedUnits } from "../format/visible-text.js";
import { readPeakMemory } from "../protocol/peak-memory.js";

/** JSON has no NaN or infinity: they are written as strings. */
export function writable(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** What `--json` writes. Characters that would act on a terminal, or on its reader, are written as JSON's escapes: the same to programs. */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value, writable, 2);
  return `${text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapedUnits)}\n`;
}

/** A trial, with everything that is known of it. */
export function trialJson(trial: TrialSnapshot, repeated?: ReadonlyMap<number, RepeatedConfiguration>) {
  const repeats = repeated?.get(trial.number);
  const [paused, continues, origin] = [pausedAt(trial), continuedTrialNumber(trial), originOf(trial)];
  return {
    number: trial.number,
    state: trial.state,
    values: trial.values ?? null,
    params: trial.params,
    datetime_start: trial.datetimeStart,
    datetime_complete: trial.datetimeComplete,
    duration: durationSeconds(trial),
    intermediate_values: Object.fromEntries(trial.intermediateValues),
    user_attrs: trial.userAttrs,
    ...(repeats && { repeats: { trials: repeats.numbers, mean: repeats.mean, standard_deviation: repeats.deviation } }),
    fail_reason: failReasonOf(trial) ?? null,
    ...(paused === undefined ? {} : { paused_at: paused }),
    ...(continues === undefined ? {} : { continues }),
    ...(origin && { origin }),
    peak_memory: readPeakMemory(trial.systemAttrs),
  };
}
