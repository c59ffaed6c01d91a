import { failReasonOf } from "../engine/trial/fail-reason.js";
import type { Study } from "../engine/study/study.js";
import { trialTable, type TrialAttr, type TrialCell } from "../engine/trial/trial-rows.js";
import { toJsonText, trialJson, writable } from "./json.js";

/** All trials of a study, with everything that is known of them. */
export function toJson(study: Study): string {
  const { name, directions, userAttrs, trials } = study;
  return toJsonText({ study: name, directions, user_attrs: userAttrs, trials: trials.map(trialJson) });
}

/**
 * One row per trial, with the columns of Optuna's `trials_dataframe`, of the system attributes only why it failed (`fail_reason`); RFC 4180.
 */
export function toCsv(study: Study, { raw = false }: { readonly raw?: boolean } = {}): string {
  const { trials } = study;
  const { columns, rows } = trialTable(study.storage.getStudy(study.id), trials, csvAttrs);
  const cells = rows.map((row, i) => [...columns.map((column) => row[column]!), failReasonOf(trials[i]!) ?? null]);
  return [[...columns, "fail_reason"], ...cells]
    .map((line) => `${line.map((value) => cell(value, raw)).join(",")}\r\n`)
    .join("");
}

const csvAttrs: readonly TrialAttr[] = [
  ...(["number", "value", "datetime_start", "datetime_complete", "duration"] as const),
  ...(["params", "user_attrs", "state"] as const),
];

function cell(value: TrialCell, raw: boolean): string {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  const written = typeof value === "object" ? JSON.stringify(value, writable) : String(value);
  const text = !raw && typeof value === "string" && isFormula(value) ? `'${written}` : written;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What a spreadsheet would compute, and a formula can call other programs. A text that is a number is none. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) && !(/^[+-]/.test(text) && Number.isFinite(Number(text)));
}
