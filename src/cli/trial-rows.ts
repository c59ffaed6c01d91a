import { failReasonOf } from "../engine/fail-reason.js";
import type { Study } from "../engine/study.js";
import { durationSeconds, trialTable, type TrialAttr, type TrialCell } from "../engine/trial-rows.js";
import { readPeakMemory } from "../protocol/peak-memory.js";

/** JSON has no NaN and no infinity: they are written as text, wherever they stand. */
function writable(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** All trials of a study, with everything that is known of them. */
export function toJson(study: Study): string {
  const trials = study.trials.map((trial) => ({
    number: trial.number,
    state: trial.state,
    values: trial.values ?? null,
    params: trial.params,
    datetime_start: trial.datetimeStart,
    datetime_complete: trial.datetimeComplete,
    duration: durationSeconds(trial),
    intermediate_values: Object.fromEntries(trial.intermediateValues),
    user_attrs: trial.userAttrs,
    fail_reason: failReasonOf(trial) ?? null,
    peak_memory: readPeakMemory(trial.systemAttrs),
  }));
  const { name, directions, userAttrs } = study;
  return `${JSON.stringify({ study: name, directions, user_attrs: userAttrs, trials }, writable, 2)}\n`;
}

/**
 * One row per trial, with the columns of Optuna's `trials_dataframe`, of the system attributes only why it failed (`fail_reason`); RFC 4180.
 */
export function toCsv(study: Study): string {
  const { trials } = study;
  const { columns, rows } = trialTable(study.storage.getStudy(study.id), trials, csvAttrs);
  const cells = rows.map((row, i) => [...columns.map((column) => row[column]!), failReasonOf(trials[i]!) ?? null]);
  return [[...columns, "fail_reason"], ...cells].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

const csvAttrs: readonly TrialAttr[] = [
  ...(["number", "value", "datetime_start", "datetime_complete", "duration"] as const),
  ...(["params", "user_attrs", "state"] as const),
];

function cell(value: TrialCell): string {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === "object" ? JSON.stringify(value, writable) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
