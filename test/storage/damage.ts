import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import Database from "better-sqlite3";

/** Has an index miss the rows that `insert` adds: it is taken out of the schema meanwhile. */
export function makeIndexLie(path: string, index: string, insert: (database: Database.Database) => void): void {
  const database = new Database(path);
  database.unsafeMode(true);
  const [row] = database.prepare("SELECT * FROM sqlite_master WHERE name = ?").raw().all(index) as unknown[][];
  database.pragma("writable_schema = ON");
  database.prepare("DELETE FROM sqlite_master WHERE name = ?").run(index);
  database.pragma("writable_schema = RESET");
  database.close();
  const without = new Database(path);
  insert(without);
  without.unsafeMode(true);
  without.pragma("writable_schema = ON");
  without.prepare("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)").run(...row!);
  without.close();
}

/** Overwrites a page of a table that holds its rows. @param last whether its last such page, else its first. */
export function damagePage(path: string, table: string): void {
  const database = new Database(path);
  database.pragma("journal_mode = DELETE");
  const root = database
    .prepare<[string], number>("SELECT rootpage FROM sqlite_master WHERE name = ?")
    .pluck()
    .get(table)!;
  const size = Number(database.pragma("page_size", { simple: true }));
  database.close();
  const bytes = readFileSync(path);
  let page = root;
  // 5 is an inner page of a table; its last child stands in its header.
  while (bytes[(page - 1) * size] === 5) page = bytes.readUInt32BE((page - 1) * size + 8);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(size, 0xa5), 0, size, (page - 1) * size);
  closeSync(file);
}
