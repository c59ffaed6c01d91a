import { failReasonOf } from "../engine/fail-reason.js";
import type { Study } from "../engine/study.js";
import { trialTable, type TrialAttr, type TrialCell } from "../engine/trial-rows.js";
import { toJsonText, trialJson, writable } from "./json.js";

/** All trials of a study, with everything that is known of them. */
export function toJson(study: Study): string {
  const { name, directions, userAttrs, trials } = study;
  return toJsonText({ study: name, directions, user_attrs: userAttrs, trials: trials.map(trialJson) });
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
