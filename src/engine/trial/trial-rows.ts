import { durationMs, own, type TrialSnapshot, type Json } from "./trial-snapshot.js";
import { readMetricNames } from "../study/metric-names.js";
import type { StudySnapshot } from "../storage.js";

/** Groups of columns; Optuna's names. */
export type TrialAttr =
  | "number"
  | "value"
  | "datetime_start"
  | "datetime_complete"
  | "duration"
  | "params"
  | "user_attrs"
  | "system_attrs"
  | "intermediate_values"
  | "state";

/** A cell's value; `null` if the trial has none. Durations are in seconds. Numbers may be NaN or ±Infinity. */
export type TrialCell = Json | Date;
/** Column name to cell. */
export type TrialRow = Readonly<Record<string, TrialCell>>;

export interface TrialTable {
  /** The columns in order; a row's keys may be in another order. */
  readonly columns: readonly string[];
  /** By trial number; each has every column. */
  readonly rows: readonly TrialRow[];
}

/** What Optuna's `trials_dataframe` shows if not told otherwise. */
const defaultAttrs: readonly TrialAttr[] = [
  ...(["number", "value", "datetime_start", "datetime_complete", "duration"] as const),
  ...(["params", "user_attrs", "system_attrs", "state"] as const),
];

/**
 * Trials as rows, with the columns of Optuna's `trials_dataframe`: `number`, `value` (`values_0`, … for several objectives; with metric
 * names, `value_<name>` or `values_<name>`), `params_x`, `user_attrs_x`, and so on. Names are sorted within a group.
 */
export function trialTable(
  study: StudySnapshot,
  trials: readonly TrialSnapshot[],
  attrs: readonly TrialAttr[] = defaultAttrs,
): TrialTable {
  const valueColumns = valueColumnsOf(study);
  const groups = attrs.map((attr) => groupOf(attr, valueColumns, trials));
  const columns = groups.flatMap((group) => group.columns);
  const rows = trials.map((trial) =>
    Object.fromEntries(groups.flatMap((group) => group.columns.map((name, i) => [name, group.cell(trial, i)]))),
  );
  return { columns, rows };
}

interface ColumnGroup {
  readonly columns: readonly string[];
  /** @param i which of the columns. */
  readonly cell: (trial: TrialSnapshot, i: number) => TrialCell;
}

function groupOf(attr: TrialAttr, valueColumns: readonly string[], trials: readonly TrialSnapshot[]): ColumnGroup {
  const one = (cell: (trial: TrialSnapshot) => TrialCell): ColumnGroup => ({ columns: [attr], cell });
  const byName = (record: (trial: TrialSnapshot) => Readonly<Record<string, Json>>): ColumnGroup => {
    const names = [...new Set(trials.flatMap((trial) => Object.keys(record(trial))))].sort();
    return {
      columns: names.map((name) => `${attr}_${name}`),
      cell: (trial, i) => own(record(trial), names[i]!) ?? null,
    };
  };
  switch (attr) {
    case "number":
    case "state":
      return one((trial) => trial[attr]);
    case "value":
      return { columns: valueColumns, cell: ({ values }, i) => values?.[i] ?? null };
    case "datetime_start":
      return one((trial) => trial.datetimeStart);
    case "datetime_complete":
      return one((trial) => trial.datetimeComplete);
    case "duration":
      return one(durationSeconds);
    case "params":
      return byName((trial) => trial.params);
    case "user_attrs":
      return byName((trial) => trial.userAttrs);
    case "system_attrs":
      return byName((trial) => trial.systemAttrs);
    case "intermediate_values":
      return intermediateGroup(trials);
  }
}

function intermediateGroup(trials: readonly TrialSnapshot[]): ColumnGroup {
  const steps = [...new Set(trials.flatMap(({ intermediateValues }) => [...intermediateValues.keys()]))];
  steps.sort((a, b) => a - b);
  return {
    columns: steps.map((step) => `intermediate_values_${step}`),
    cell: ({ intermediateValues }, i) => intermediateValues.get(steps[i]!) ?? null,
  };
}

function valueColumnsOf(study: StudySnapshot): string[] {
  const names = readMetricNames(study);
  if (study.directions.length === 1) return [names ? `value_${names[0]}` : "value"];
  return study.directions.map((_, i) => `values_${names?.[i] ?? i}`);
}

/** In seconds; `null` for a trial that has not ended. */
export function durationSeconds(trial: TrialSnapshot): number | null {
  const milliseconds = durationMs(trial);
  return milliseconds === null ? null : milliseconds / 1000;
}
