import { failReasonOf } from "../engine/trial/fail-reason.js";
import type { Study } from "../engine/study/study.js";
import { repeatedConfigurations } from "../engine/trial/repeats.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import { trialTable, type TrialAttr, type TrialCell } from "../engine/trial/trial-rows.js";
import { type CsvCell, csvLine } from "../format/csv.js";
import { toJsonText, trialJson, writable } from "./json.js";

/** All trials of a study, with everything that is known of them. */
export function toJson(study: Study): string {
  const { name, directions, userAttrs, trials } = study;
  const repeated = repeatedConfigurations(trials);
  return toJsonText({
    study: name,
    directions,
    user_attrs: userAttrs,
    trials: trials.map((trial) => trialJson(trial, repeated)),
  });
}

/**
 * One row per trial, with the columns of Optuna's `trials_dataframe`, of the system attributes only why it failed (`fail_reason`); where a
 * configuration was trained several times, also the mean and the standard deviation of its values, per objective. RFC 4180.
 */
export function toCsv(study: Study, { raw = false }: { readonly raw?: boolean } = {}): string {
  const { trials } = study;
  const { columns, rows } = trialTable(study.storage.getStudy(study.id), trials, csvAttrs);
  const repeated = repeatedConfigurations(trials);
  const repeatColumns =
    repeated.size > 0 ? study.directions.flatMap((_, i) => [`repeats_mean_${i}`, `repeats_std_${i}`]) : [];
  const repeatsOf = ({ number }: TrialSnapshot) => {
    const found = repeated.get(number);
    return repeatColumns.map((_, i) => (i % 2 === 0 ? found?.mean : found?.deviation)?.[i >> 1] ?? null);
  };
  const cells = rows.map((row, i) => [
    ...columns.map((column) => row[column]!),
    ...repeatsOf(trials[i]!),
    failReasonOf(trials[i]!) ?? null,
  ]);
  return [[...columns, ...repeatColumns, "fail_reason"], ...cells]
    .map((line) => csvLine(line.map(csvCell), { raw }))
    .join("");
}

const csvAttrs: readonly TrialAttr[] = [
  ...(["number", "value", "datetime_start", "datetime_complete", "duration"] as const),
  ...(["params", "user_attrs", "state"] as const),
];

function csvCell(value: TrialCell): CsvCell {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" && value !== null ? JSON.stringify(value, writable) : value;
}
