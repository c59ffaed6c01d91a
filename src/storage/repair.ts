import { linkSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { FAIL_REASON_KEY } from "../engine/trial/fail-reason.js";
import { StorageError } from "./errors.js";
import { type CopyOptions, copyPaths } from "./copy-paths.js";
import { parsePythonJson, toPythonJson } from "./python-json.js";
import { Connection } from "./sqlite/connection.js";
import { childTables, createSchema } from "./sqlite/schema.js";
import { salvageTable, type Row, type Value } from "./sqlite/salvage.js";
import { openSqliteStorage, type SqliteStorage } from "./sqlite/sqlite-storage.js";
import { restoreDate } from "./sqlite/stored-values.js";

export interface Repaired {
  /** The copy's absolute path. */
  readonly output: string;
  readonly studies: number;
  /** Those that could be read. */
  readonly trials: number;
  /** What could not be read, one sentence each; empty if nothing was lost. */
  readonly losses: readonly string[];
}

/**
 * Writes what is readable in a damaged database to a new file, with new indexes. An unreadable trial becomes FAIL there, with the reason,
 * so that the others keep their numbers. The damaged file is not changed, and the copy is never left half-written.
 * @param storage the file's path or URL.
 * @throws StorageError (`storage-exists` where something is at `output`; as the opening of `storage`; `not-a-study-database` where nothing
 *   of a study can be read)
 */
export function repairCopy(storage: string, options: CopyOptions = {}): Repaired {
  const { path, output } = copyPaths(storage, "repaired", options);
  const part = `${output}.${process.pid}.part`;
  try {
    const losses = new Salvage(path).writeTo(part);
    const counts = replaceUnreadable(part, losses);
    linkSync(part, output);
    return { output, ...counts, losses };
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${part}${suffix}`, { force: true });
  }
}

const details = childTables.filter(([, owner]) => owner === "trial").map(([table]) => table);
const studyTables = ["study_directions", "study_user_attributes", "study_system_attributes"];

/** What the raw tables hold that fits together. */
class Salvage {
  private readonly losses: string[] = [];
  private readonly connection: Connection;
  private readonly source: Database.Database;
  private readonly names = new Map<number, string>();

  constructor(private readonly path: string) {
    this.connection = new Connection(path, { readOnly: true });
    this.source = this.connection.database;
  }

  /** @returns what is lost. */
  writeTo(path: string): string[] {
    const target = new Database(path);
    try {
      target.pragma("foreign_keys = OFF");
      createSchema(target);
      target.transaction(() => this.fill(target))();
      target.pragma("journal_mode = WAL");
      return this.losses;
    } finally {
      target.close();
      this.connection.close();
    }
  }

  private fill(target: Database.Database): void {
    const studies = this.read(target, "studies");
    const trials = this.read(target, "trials");
    if (studies.length === 0 && trials.length === 0)
      throw new StorageError("not-a-study-database", `${this.path} has no readable study or trial. Restore a copy.`);
    this.fillStudies(target, studies, trials);
    this.fillTrials(target, trials);
    // Times mean what they meant to the Optuna that wrote them.
    const library = salvageTable(this.source, "version_info", ["library_version"]).rows[0]?.[0];
    if (library) target.prepare("UPDATE version_info SET library_version = ?").run(library);
  }

  /** Rows in the order of the target's columns, the first of which is their id. */
  private read(target: Database.Database, table: string): Row[] {
    const columns = target.prepare<[string], string>("SELECT name FROM pragma_table_info(?)").pluck().all(table);
    const { rows, isPartial } = salvageTable(this.source, table, columns);
    if (isPartial) this.losses.push(`Some rows of the table ${table} cannot be read.`);
    return [...rows];
  }

  private fillStudies(target: Database.Database, studies: readonly Row[], trials: readonly Row[]): void {
    const insert = target.prepare("INSERT OR IGNORE INTO studies VALUES (?, ?)");
    for (const [id, name] of studies)
      this.names.set(Number(id), typeof name === "string" ? name : `study ${String(id)}`);
    // The row of a study may be lost, and its trials not.
    for (const [, , studyId] of trials)
      if (typeof studyId === "number" && !this.names.has(studyId)) {
        this.names.set(studyId, `study ${studyId} of ${new Date().toISOString()}`);
        this.losses.push(
          `The name of study ${studyId} cannot be read. In the copy it is "${this.names.get(studyId)}".`,
        );
      }
    for (const [id, name] of this.names) insert.run(id, name);
    for (const table of studyTables) this.copyRows(target, table, (row) => this.studyRow(table, row));
    const missing = "SELECT study_id FROM studies WHERE study_id NOT IN (SELECT study_id FROM study_directions)";
    for (const id of target.prepare<[], number>(missing).pluck().all()) {
      target.prepare("INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', ?, 0)").run(id);
      this.losses.push(`Study "${this.names.get(id)}": its direction cannot be read. In the copy it is minimize.`);
    }
  }

  private studyRow(table: string, row: Row): Row | undefined {
    const isDirection = table === "study_directions";
    const studyId = Number(isDirection ? row[2] : row[1]);
    if (!this.names.has(studyId)) return undefined;
    if (isDirection ? row[1] === "MINIMIZE" || row[1] === "MAXIMIZE" : isJson(row[3])) return row;
    const what = isDirection ? "a direction" : `the attribute ${JSON.stringify(row[2])}`;
    this.losses.push(`Study "${this.names.get(studyId)}": ${what} cannot be read.`);
    return undefined;
  }

  /** Trials get new ids, in the order of their numbers; one takes the place of each that is lost. */
  private fillTrials(target: Database.Database, trials: readonly Row[]): void {
    const ids = new Map<number, number>();
    const insert = target.prepare("INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?)");
    let nextId = 1;
    for (const [studyId, name] of this.names) {
      const own = trials.filter((row) => row[2] === studyId).sort((a, b) => Number(a[1]) - Number(b[1]));
      let nextNumber = 0;
      for (const [id, number, , state, start, complete] of own) {
        for (; nextNumber < Number(number); nextNumber++)
          this.insertLost(target, nextId++, nextNumber, studyId, "its row");
        const where = `Study "${name}", trial ${nextNumber}`;
        insert.run(nextId, nextNumber++, studyId, state, this.date(start, where), this.date(complete, where));
        ids.set(Number(id), nextId++);
      }
    }
    for (const table of details)
      this.copyRows(target, table, (row) => {
        const trialId = ids.get(Number(row[1]));
        return trialId === undefined ? undefined : [row[0]!, trialId, ...row.slice(2)];
      });
  }

  private insertLost(target: Database.Database, id: number, number: number, studyId: number, what: string): void {
    target.prepare("INSERT INTO trials VALUES (?, ?, ?, 'FAIL', NULL, NULL)").run(id, number, studyId);
    failAsLost(target, id, what);
    this.losses.push(
      `Study "${this.names.get(studyId)}", trial ${number}: ${what} cannot be read. In the copy it is FAIL.`,
    );
  }

  private date(stored: Value | undefined, where: string): string | null {
    if (stored === null || stored === undefined) return null;
    if (typeof stored === "string" && restoreDate(stored)) return stored;
    this.losses.push(`${where}: the time ${JSON.stringify(stored)} cannot be read. The copy leaves it out.`);
    return null;
  }

  private copyRows(target: Database.Database, table: string, change: (row: Row) => Row | undefined): void {
    const rows = this.read(target, table);
    if (rows.length === 0) return;
    const insert = target.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${rows[0]!.map(() => "?").join(", ")})`);
    let left = 0;
    for (const row of rows) {
      const changed = change(row);
      if (changed) insert.run(...changed);
      else left++;
    }
    if (left > 0) this.losses.push(`${left} of ${rows.length} rows of the table ${table} belong to nothing readable.`);
  }
}

function isJson(stored: Value | undefined): boolean {
  try {
    parsePythonJson(String(stored));
    return typeof stored === "string";
  } catch {
    return false;
  }
}

function failAsLost(target: Database.Database, trialId: number, what: string): void {
  target
    .prepare('INSERT INTO trial_system_attributes (trial_id, "key", value_json) VALUES (?, ?, ?)')
    .run(trialId, FAIL_REASON_KEY, toPythonJson(`The database was damaged: ${what} could not be read.`));
}

/** Trials whose rows are there, but say what cannot be, become FAIL. @returns what can be read then. */
function replaceUnreadable(path: string, losses: string[]): Pick<Repaired, "studies" | "trials"> {
  const storage = openSqliteStorage(path, { readOnly: true });
  const unreadable = new Map<number, string>();
  let [studies, trials] = [0, 0];
  try {
    for (const { id } of storage.getStudies()) {
      studies++;
      const ids = unreadableTrials(storage, id, trialIdsOf(path, id));
      for (const [trialId, reason] of ids.failed) unreadable.set(trialId, reason);
      trials += ids.read;
    }
  } finally {
    storage.close();
  }
  const target = new Database(path);
  try {
    target.transaction(() => {
      for (const [id, reason] of unreadable) {
        for (const table of details) target.prepare(`DELETE FROM ${table} WHERE trial_id = ?`).run(id);
        target.prepare("UPDATE trials SET state = 'FAIL' WHERE trial_id = ?").run(id);
        failAsLost(target, id, reason);
        losses.push(`${reason} In the copy it is FAIL.`);
      }
    })();
    return { studies, trials };
  } finally {
    target.close();
  }
}

function trialIdsOf(path: string, studyId: number): number[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare<[number], number>("SELECT trial_id FROM trials WHERE study_id = ?").pluck().all(studyId);
  } finally {
    database.close();
  }
}

function unreadableTrials(
  storage: SqliteStorage,
  studyId: number,
  ids: readonly number[],
): { readonly failed: ReadonlyMap<number, string>; readonly read: number } {
  const failed = new Map<number, string>();
  try {
    return { failed, read: storage.getTrials(studyId).length };
  } catch {
    for (const id of ids) {
      try {
        storage.getTrial(id);
      } catch (error) {
        failed.set(id, error instanceof Error ? error.message : String(error));
      }
    }
    return { failed, read: ids.length - failed.size };
  }
}
