import { statSync } from "node:fs";
import { repairCommand, StorageError } from "../errors.js";
import type { Connection } from "./connection.js";
import { childTables } from "./schema.js";

/** Up to this size a file is checked in about half a second with all its indexes entry by entry; larger ones with counts of them. */
const LARGE_BYTES = 64 * 2 ** 20;

const tables = childTables.map(([table]) => table);

/**
 * Checks the whole file, before it is written to: a damaged one would only get worse.
 * @throws StorageError (`storage-corrupt`) that says what is wrong and what to do.
 */
export function checkIntegrity(connection: Connection): void {
  const { database, path } = connection;
  const isLarge = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGE_BYTES;
  const check = isLarge ? "quick_check(1)" : "integrity_check(1)";
  const result = String(connection.guard(() => database.pragma(check, { simple: true })));
  const problem = result === "ok" ? lyingIndexes(connection).map(describe)[0] : lastLine(result);
  if (problem !== undefined) throw damaged(path, problem);
}

/**
 * Finds studies that cannot be read whole because an index lies: it has fewer entries than its table has rows, and reading goes by indexes.
 * What else is damaged is found by the reading itself.
 */
export class IndexCheck {
  private lying: readonly Index[] | undefined;
  private readonly checked = new Set<number>();

  /** @param unread tables that are not read. */
  constructor(
    private readonly connection: Connection,
    private readonly unread: readonly string[] = [],
  ) {}

  /** @throws StorageError (`storage-corrupt`) naming the study, the first time it is asked about it. */
  check(studyId: number, studyName: string): void {
    if (this.checked.has(studyId)) return;
    this.lying ??= lyingIndexes(this.connection, this.unread);
    for (const index of this.lying) {
      const isOfStudy =
        index.table === "trials"
          ? "study_id = $id"
          : "trial_id IN (SELECT trial_id FROM trials NOT INDEXED WHERE study_id = $id)";
      const { rows, entries } = this.connection
        .prepare<[{ id: number }], Counts>(countsSql(index, isOfStudy))
        .get({ id: studyId })!;
      if (rows !== entries)
        throw damaged(
          this.connection.path,
          `the index ${index.name} has ${entries} of the ${rows} rows of study "${studyName}"`,
        );
    }
    this.checked.add(studyId);
  }
}

interface Index {
  readonly table: string;
  readonly name: string;
}

interface Counts {
  readonly rows: number;
  readonly entries: number;
}

/** In one statement, so that nobody writes in between. */
function countsSql({ table, name }: Index, condition?: string): string {
  const count = (source: string) =>
    `(SELECT COUNT(*) FROM ${table} ${source}${condition === undefined ? "" : ` WHERE ${condition}`})`;
  return `SELECT ${count("NOT INDEXED")} AS rows, ${count(`INDEXED BY "${name}"`)} AS entries`;
}

function describe({ table, name, rows, entries }: Index & Counts): string {
  return `the index ${name} has ${entries} of the ${rows} rows of ${table}`;
}

/** Those that can be counted. */
function lyingIndexes({ database }: Connection, unread: readonly string[] = []): (Index & Counts)[] {
  const indexes = database
    .prepare<[], Index>("SELECT tbl_name AS 'table', name FROM sqlite_master WHERE type = 'index'")
    .all()
    .filter(({ table }) => tables.includes(table) && !unread.includes(table));
  return indexes.flatMap((index) => {
    try {
      const counts = database.prepare<[], Counts>(countsSql(index)).get()!;
      return counts.rows === counts.entries ? [] : [{ ...index, ...counts }];
    } catch {
      return [];
    }
  });
}

/** SQLite's first line says which database it is of. */
function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!.trim();
}

function damaged(path: string, problem: string): StorageError {
  return new StorageError(
    "storage-corrupt",
    `${path} is damaged (${problem}). Restore a copy, or save what is readable: ${repairCommand(path)}`,
  );
}
