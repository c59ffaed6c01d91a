import Database from "better-sqlite3";
import { distributionFromJson, distributionToJson } from "../distribution-json.js";
import { StorageError, unreadable } from "../errors.js";
import type { Connection } from "./connection.js";
import { createSchema, type OlderSchema } from "./schema.js";
import { restoreLocalDate, storeDate, storeNumber } from "./stored-values.js";

type Value = string | number | null;
type Row = Value[];

/** How the rows of one table come out of an older file: `change` returns a row in the order of `columns`, or none. */
interface TableCopy {
  readonly table: string;
  readonly columns: readonly string[];
  readonly select?: string;
  readonly change?: (row: Row) => Row | undefined;
}

export interface UpgradeOptions {
  /** Takes times for UTC, which is what Optuna's own upgrade does; otherwise they are local times of this machine. Default false. */
  readonly keepTimes?: boolean;
}

/** Optuna before 3.0 wrote an infinity as the largest 32-bit float. */
const LARGEST_FLOAT32 = 3.4028234663852886e38;

/**
 * What an Optuna before 5 wrote, in Optuna 5.0's schema, in memory: what `optuna storage upgrade` makes of it, row for row. The
 * file itself is only read.
 * @throws StorageError (`storage-corrupt`) naming study, trial and parameter that cannot be carried over.
 */
export function upgraded(
  connection: Connection,
  older: OlderSchema,
  { keepTimes = false }: UpgradeOptions = {},
): Database.Database {
  const source = connection.copy();
  const target = new Database(":memory:");
  try {
    createSchema(target);
    // Rows that belong to nothing any more are no reason to refuse the others.
    target.pragma("foreign_keys = OFF");
    checkCompleteValues(source, older, connection.path);
    const known = source.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    target.transaction(() => {
      for (const copy of tableCopies(source, older, connection.path, keepTimes))
        // Heartbeats came with Optuna 3.0.
        if (copy.table !== "trial_heartbeats" || known.includes(copy.table)) copyTable(source, target, copy);
    })();
    return target;
  } catch (error) {
    target.close();
    if (!(error instanceof Database.SqliteError)) throw error;
    throw new StorageError(
      "storage-corrupt",
      `${connection.path} does not match its version (Optuna ${older.library ?? "unknown"}): ${error.message}. Restore a copy.`,
      { cause: error },
    );
  } finally {
    source.close();
  }
}

function copyTable(
  source: Database.Database,
  target: Database.Database,
  { table, columns, select, change }: TableCopy,
): void {
  const names = columns.map((name) => `"${name}"`).join(", ");
  const rows = source.prepare<[], Row>(select ?? `SELECT ${names} FROM ${table}`).raw();
  const insert = target.prepare(`INSERT INTO ${table} (${names}) VALUES (${columns.map(() => "?").join(", ")})`);
  for (const row of rows.iterate()) {
    const changed = change ? change(row) : row;
    if (changed) insert.run(changed);
  }
}

function tableCopies(source: Database.Database, older: OlderSchema, path: string, keepTimes: boolean): TableCopy[] {
  const beforeObjectives = older.isBefore("v2.4.0.a");
  const attributes = (scope: "study" | "trial", kind: "user" | "system"): TableCopy => ({
    table: `${scope}_${kind}_attributes`,
    columns: [`${scope}_${kind}_attribute_id`, `${scope}_id`, "key", "value_json"],
  });
  return [
    { table: "studies", columns: ["study_id", "study_name"] },
    {
      table: "study_directions",
      columns: ["study_direction_id", "direction", "study_id", "objective"],
      ...(beforeObjectives && { select: "SELECT NULL, direction, study_id, 0 FROM studies ORDER BY study_id" }),
    },
    attributes("study", "user"),
    attributes("study", "system"),
    trialsCopy(older, keepTimes),
    attributes("trial", "user"),
    {
      ...attributes("trial", "system"),
      ...(older.isBefore("v1.3.0.a") && { change: (row: Row) => (row[2] === "_number" ? undefined : row) }),
    },
    paramsCopy(source, older, path),
    ...numberCopies(older),
    { table: "trial_heartbeats", columns: ["trial_heartbeat_id", "trial_id", "heartbeat"] },
  ];
}

/** Before Optuna 1.3 a trial's number was one of its attributes. */
function trialsCopy(older: OlderSchema, keepTimes: boolean): TableCopy {
  const number = older.isBefore("v1.3.0.a")
    ? `(SELECT CAST(value_json AS INTEGER) FROM trial_system_attributes AS attribute
        WHERE attribute.trial_id = trials.trial_id AND "key" = '_number')`
    : "number";
  return {
    table: "trials",
    columns: ["trial_id", "number", "study_id", "state", "datetime_start", "datetime_complete"],
    select: `SELECT trial_id, ${number}, study_id, state, datetime_start, datetime_complete FROM trials`,
    ...(!keepTimes && { change: (row: Row) => [...row.slice(0, 4), localToUtc(row[4]!), localToUtc(row[5]!)] }),
  };
}

/** Before Optuna 3.0 there were five more classes of distributions. */
function paramsCopy(source: Database.Database, older: OlderSchema, path: string): TableCopy {
  const convert = (row: Row): Row => {
    const [id, trialId, name, value, json] = row;
    try {
      return [id!, trialId!, name!, value!, modernDistribution(String(json))];
    } catch (cause) {
      throw unreadable(path, trialName(source, Number(trialId)), `distribution of parameter "${name}"`, cause);
    }
  };
  return {
    table: "trial_params",
    columns: ["param_id", "trial_id", "param_name", "param_value", "distribution_json"],
    ...(older.isBefore("v3.0.0.a") && { change: convert }),
  };
}

function modernDistribution(json: string): string {
  const distribution = distributionFromJson(json);
  // Choices are kept as they are spelled: Python tells 1.0 from 1.
  return distribution.type === "categorical" ? json : distributionToJson(distribution);
}

/** Before Optuna 2.4 a trial had one value, and `trial_values` held what is now in `trial_intermediate_values`. */
function numberCopies(older: OlderSchema): TableCopy[] {
  const values = ["trial_value_id", "trial_id", "objective", "value", "value_type"];
  const intermediate = [
    ...["trial_intermediate_value_id", "trial_id", "step"],
    ...["intermediate_value", "intermediate_value_type"],
  ];
  const ofAll = "SELECT ROW_NUMBER() OVER (ORDER BY trial_id), trial_id, 0, value FROM trials";
  const ofSteps = "SELECT trial_value_id, trial_id, step, value FROM trial_values";
  const untyped = ([id, trialId, position, value]: Row): Row => [id!, trialId!, position!, ...typed(value!)];
  const beforeObjectives = older.isBefore("v2.4.0.a");
  return [
    {
      table: "trial_values",
      columns: values,
      ...(older.isBefore("v3.0.0.d") && {
        select: beforeObjectives ? ofAll : `SELECT ${values.slice(0, 4).join(", ")} FROM trial_values`,
        change: (row: Row) => (row[3] === null ? undefined : untyped(row)),
      }),
    },
    {
      table: "trial_intermediate_values",
      columns: intermediate,
      ...(older.isBefore("v3.0.0.c") && {
        select: beforeObjectives
          ? ofSteps
          : `SELECT ${intermediate.slice(0, 4).join(", ")} FROM trial_intermediate_values`,
        change: untyped,
      }),
    },
  ];
}

function typed(value: Value): readonly [number | null, string] {
  if (typeof value !== "number") return storeNumber(NaN);
  // `numpy.isclose`, as Optuna's migration does.
  const isInfinite = Math.abs(Math.abs(value) - LARGEST_FLOAT32) <= 1e-8 + 1e-5 * LARGEST_FLOAT32;
  return storeNumber(isInfinite ? Math.sign(value) * Infinity : value);
}

/** What no Optuna can carry over either. */
function checkCompleteValues(source: Database.Database, older: OlderSchema, path: string): void {
  if (!older.isBefore("v3.0.0.b")) return;
  const from = older.isBefore("v2.4.0.a") ? "trials" : "trial_values JOIN trials USING (trial_id)";
  const found = source
    .prepare<[], number>(`SELECT trial_id FROM ${from} WHERE state = 'COMPLETE' AND value IS NULL LIMIT 1`)
    .pluck()
    .get();
  if (found !== undefined)
    throw unreadable(path, trialName(source, found), "value of a COMPLETE trial, which is missing,");
}

function trialName(source: Database.Database, trialId: number): string {
  const sql = "SELECT study_name FROM studies JOIN trials USING (study_id) WHERE trial_id = ?";
  const study = source.prepare<[number], string>(sql).pluck().get(trialId);
  return `Study "${study}", trial with the ID ${trialId}`;
}

/** A time as Optuna before 5 stored it, as Optuna 5 does; what is none is left. */
export function localToUtc<Stored>(stored: Stored): Stored | string {
  const date = typeof stored === "string" ? restoreLocalDate(stored) : undefined;
  return typeof stored === "string" && date ? `${storeDate(date).slice(0, 23)}${stored.slice(23)}` : stored;
}
