import { StorageError } from "../errors.js";
import type { Connection } from "./connection.js";

/**
 * Checks that what stands under the names of our tables are tables: the rows of a view may never end.
 * @throws StorageError (`storage-corrupt`)
 */
export function checkTables(connection: Connection, tables: readonly string[]): void {
  // Neither a view nor a virtual table has pages of its own.
  const sql = "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND ifnull(rootpage, 0) < 1";
  const found = connection.prepare<[], { name: string; type: string }>(sql).all();
  const foreign = found.find(({ name }) => tables.includes(name.toLowerCase()));
  if (!foreign) return;
  const what = foreign.type === "view" ? "a view" : "a virtual table";
  throw new StorageError(
    "storage-corrupt",
    `${connection.path}: ${foreign.name} is ${what} instead of a table. The file was changed. Restore a copy.`,
  );
}

/**
 * Checks that nothing else happens when our tables are written to: a trigger may change or delete what others wrote.
 * @throws StorageError (`storage-corrupt`)
 */
export function checkTriggers(connection: Connection, tables: readonly string[]): void {
  const sql = "SELECT name, tbl_name AS 'table' FROM sqlite_master WHERE type = 'trigger'";
  const found = connection.prepare<[], { name: string; table: string }>(sql).all();
  const trigger = found.find(({ table }) => tables.includes(table.toLowerCase()));
  if (!trigger) return;
  throw new StorageError(
    "storage-corrupt",
    `${connection.path}: ${trigger.table} has a trigger, ${trigger.name}, which may change stored data. The file is read-only until you drop the trigger.`,
  );
}
