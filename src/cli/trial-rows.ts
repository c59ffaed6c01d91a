import { failReasonOf } from "../engine/fail-reason.js";
import type { FrozenTrial, Json } from "../engine/frozen-trial.js";
import type { Study } from "../engine/study.js";

/** JSON has no NaN and no infinity: they are written as text. */
function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** All trials of a study, with everything that is known of them. */
export function toJson(study: Study): string {
  const trials = study.trials.map((trial) => ({
    number: trial.number,
    state: trial.state,
    values: trial.values?.map(jsonNumber) ?? null,
    params: trial.params,
    datetime_start: trial.datetimeStart,
    datetime_complete: trial.datetimeComplete,
    duration: durationSeconds(trial),
    intermediate_values: Object.fromEntries(
      [...trial.intermediateValues].map(([step, value]) => [step, jsonNumber(value)]),
    ),
    user_attrs: trial.userAttrs,
    fail_reason: failReasonOf(trial) ?? null,
  }));
  const { name, directions, userAttrs } = study;
  return `${JSON.stringify({ study: name, directions, user_attrs: userAttrs, trials }, null, 2)}\n`;
}

/** One row per trial, with the columns of Optuna's `trials_dataframe`; RFC 4180. */
export function toCsv(study: Study): string {
  const { trials, directions } = study;
  const params = namesOf(trials.map((trial) => trial.params));
  const attrs = namesOf(trials.map((trial) => trial.userAttrs));
  const values = directions.length === 1 ? ["value"] : directions.map((_, i) => `values_${i}`);
  const head = [
    ...["number", ...values, "datetime_start", "datetime_complete", "duration"],
    ...[...params.map((name) => `params_${name}`), ...attrs.map((name) => `user_attrs_${name}`), "state"],
  ];
  const rows = trials.map((trial) => [
    ...[trial.number, ...directions.map((_, i) => trial.values?.[i])],
    ...[trial.datetimeStart?.toISOString(), trial.datetimeComplete?.toISOString(), durationSeconds(trial)],
    ...[...params.map((name) => trial.params[name]), ...attrs.map((name) => trial.userAttrs[name]), trial.state],
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function namesOf(records: readonly Readonly<Record<string, unknown>>[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

function durationSeconds({ datetimeStart, datetimeComplete }: FrozenTrial): number | null {
  return datetimeStart && datetimeComplete ? (datetimeComplete.getTime() - datetimeStart.getTime()) / 1000 : null;
}

function cell(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
