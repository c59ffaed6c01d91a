import type Database from "better-sqlite3";

/** A bigint where a number would not be exact. */
export type Value = string | number | bigint | Buffer | null;
export type Row = readonly Value[];

/** So many reads of a table may fail before the rest of it is given up: a damaged inner page fails for each row below it. */
const MOST_FAILURES = 100_000;

export interface SalvagedTable {
  readonly rows: readonly Row[];
  /** Whether some rows could not be read. */
  readonly isPartial: boolean;
}

/**
 * The rows of a table that can be read, in the order of their rowids. No index is asked: it may lie. Where a page is damaged, the rows
 * around it are found by halves.
 * @param columns those that the table shall have; rows are in their order.
 */
export function salvageTable(database: Database.Database, table: string, columns: readonly string[]): SalvagedTable {
  const rows: Row[] = [];
  let failures = 0;
  let select: Database.Statement<[number, number], Row>;
  try {
    const names = columns.map((column) => `"${column}"`).join(", ");
    const sql = `SELECT ${names} FROM ${table} NOT INDEXED WHERE rowid BETWEEN ? AND ? ORDER BY rowid`;
    select = database.prepare<[number, number], Row>(sql).raw().safeIntegers();
  } catch {
    // There is no such table, or one with other columns.
    return { rows, isPartial: true };
  }
  const read = (from: number, to: number): void => {
    if (failures > MOST_FAILURES) return;
    try {
      // Appended one by one: a spread has as many arguments.
      for (const row of select.all(from, to)) rows.push(row.map(simple));
    } catch {
      failures++;
      if (from === to) return;
      const middle = from + Math.floor((to - from) / 2);
      read(from, middle);
      read(middle + 1, to);
    }
  };
  const highest = highestRowid(database, table);
  read(-highest, highest);
  return { rows, isPartial: failures > 0 };
}

function simple(value: Value): Value {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** As the table says, or where its last page is damaged, the indexes that can be read. */
function highestRowid(database: Database.Database, table: string): number {
  const highest = (source: string): number | undefined => {
    try {
      return database.prepare<[], number | null>(`SELECT MAX(rowid) FROM ${table} ${source}`).pluck().get() ?? 1;
    } catch {
      return undefined;
    }
  };
  const ofTable = highest("NOT INDEXED");
  if (ofTable !== undefined) return ofTable;
  const sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?";
  const indexes = database.prepare<[string], string>(sql).pluck().all(table);
  const ofIndexes = indexes.map((name) => highest(`INDEXED BY "${name}"`)).filter((row) => row !== undefined);
  return ofIndexes.length > 0 ? Math.max(...ofIndexes) : 2 ** 31;
}
