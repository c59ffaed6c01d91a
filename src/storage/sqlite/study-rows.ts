import type { Statement } from "better-sqlite3";
import type { Connection } from "./connection.js";

/** As SQLite has it: whole numbers are BigInt, which hold them all. */
export type StoredValue = string | number | bigint | Buffer | null;
type Row = readonly StoredValue[];

/** The rows of each table that hold something of one study, or of one trial, without ids. */
type Rows = ReadonlyMap<string, readonly Row[]>;

export interface TrialRows {
  readonly id: bigint;
  readonly number: number;
  readonly state: StoredValue;
  readonly start: StoredValue;
  readonly complete: StoredValue;
  readonly details: Rows;
}

/** What the tables of a study hold, letter for letter. Heartbeats are of a process, not of a study. */
export interface StudyRows {
  readonly details: Rows;
  /** By number. */
  readonly trials: readonly TrialRows[];
}

const studyTables: Readonly<Record<string, string>> = {
  study_directions: "direction, objective",
  study_user_attributes: '"key", value_json',
  study_system_attributes: '"key", value_json',
};
const trialTables: Readonly<Record<string, string>> = {
  trial_params: "param_name, param_value, distribution_json",
  trial_values: "objective, value, value_type",
  trial_intermediate_values: "step, intermediate_value, intermediate_value_type",
  trial_user_attributes: '"key", value_json',
  trial_system_attributes: '"key", value_json',
};

/** Call it inside one read transaction. */
export function readStudyRows(connection: Connection, studyId: number): StudyRows {
  const rows = (sql: string): Statement<unknown[], StoredValue[]> =>
    connection.prepare<unknown[], StoredValue[]>(sql).safeIntegers().raw();
  const detailsOf = (owner: "study" | "trial", tables: Readonly<Record<string, string>>) => {
    const statements = Object.entries(tables).map(
      ([table, columns]) =>
        [table, rows(`SELECT ${columns} FROM ${table} WHERE ${owner}_id = ? ORDER BY rowid`)] as const,
    );
    return (id: number | bigint): Rows => new Map(statements.map(([table, select]) => [table, select.all(id)]));
  };
  const trialDetails = detailsOf("trial", trialTables);
  const trials = rows(
    "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials WHERE study_id = ? ORDER BY trial_id",
  );
  return {
    details: detailsOf("study", studyTables)(studyId),
    trials: trials.all(studyId).map(([id, number, state, start, complete]) => ({
      id: id as bigint,
      number: Number(number),
      state: state!,
      start: start!,
      complete: complete!,
      details: trialDetails(id as bigint),
    })),
  };
}

/** @param ownerId the study's, or the trial's. Call it inside one write transaction. */
export function insertRows(connection: Connection, owner: "study" | "trial", ownerId: number, details: Rows): void {
  const tables = owner === "study" ? studyTables : trialTables;
  for (const [table, rows] of details) {
    const columns = tables[table]!;
    const places = columns.replaceAll(/[^,]+/g, "?");
    const insert = connection.prepare(`INSERT INTO ${table} (${owner}_id, ${columns}) VALUES (?, ${places})`);
    for (const row of rows) insert.run(ownerId, ...row);
  }
}
