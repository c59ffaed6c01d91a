import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import Database from "better-sqlite3";
import type { Rng } from "../../src/engine/math/rng.js";
import { choose, pick } from "./attack.js";

/** What was done to a database. */
export interface Damage {
  /** Whether the study's name went with it, so that nothing can list it. */
  readonly isNameLost?: boolean;
  readonly what: string;
  /** The one study it lies in: all others are as they were. Undefined: it may lie anywhere. */
  readonly study?: string;
}

/** Damages the file at a path, or those beside it. @returns what it did; undefined: it cannot be done to this one. */
type Damager = (path: string, rng: Rng) => Damage | undefined;

/** Does one of all kinds of harm to a database file. */
export function damage(path: string, rng: Rng): Damage {
  for (;;) {
    const done = choose(rng, choose(rng, [byteDamagers, byteDamagers, cells, cells, cells, schema, schema, places]))(
      path,
      rng,
    );
    if (done) return done;
  }
}

const byteDamagers: readonly Damager[] = [
  flipped,
  flipped,
  pagesChanged,
  pagesChanged,
  cut,
  header,
  log,
  strangeFilesBeside,
];
const cells: readonly Damager[] = [cell, cell, cell, cell, rowsGone, rowsRepeated, orphans, renamed];
const schema: readonly Damager[] = [
  dropped,
  lyingIndex,
  emptyIndex,
  endlessView,
  harmlessView,
  trigger,
  generatedColumn,
  versions,
  more,
];
const places: readonly Damager[] = [somethingElse];

// Bytes

function flipped(path: string, rng: Rng): Damage {
  const bytes = readFileSync(path);
  const count = 1 + pick(rng, choose(rng, [3, 30, 3_000]));
  for (let left = count; left > 0; left--) bytes[pick(rng, bytes.length)]! ^= 1 << pick(rng, 8);
  writeFileSync(path, bytes);
  return { what: `${count} bits flipped` };
}

function pagesChanged(path: string, rng: Rng): Damage {
  const bytes = readFileSync(path);
  const size = pageSize(bytes);
  const pages = Math.floor(bytes.length / size);
  const page = () => {
    const start = pick(rng, pages) * size;
    return bytes.subarray(start, start + size);
  };
  const [one, other] = [page(), page()];
  const how = choose(rng, ["zeroed", "swapped", "copied", "random"]);
  const kept = Buffer.from(one);
  if (how === "zeroed") one.fill(0);
  else if (how === "random") one.forEach((_, at) => (one[at] = pick(rng, 256)));
  else {
    other.copy(one);
    if (how === "swapped") kept.copy(other);
  }
  writeFileSync(path, bytes);
  return { what: `a page of ${size} bytes ${how}, at ${one.byteOffset}` };
}

function pageSize(bytes: Buffer): number {
  const size = bytes.length > 18 ? bytes.readUInt16BE(16) : 0;
  return size >= 512 ? size : 4_096;
}

function cut(path: string, rng: Rng): Damage {
  const bytes = readFileSync(path);
  const at = pick(rng, bytes.length + 1);
  const whole = pick(rng, 2) === 0 ? at - (at % pageSize(bytes)) : at;
  if (pick(rng, 4) === 0) {
    writeFileSync(path, Buffer.concat([bytes, bytes.subarray(0, whole)]));
    return { what: `${whole} bytes of itself appended` };
  }
  truncateSync(path, whole);
  return { what: `cut to ${whole} of ${bytes.length} bytes` };
}

function header(path: string, rng: Rng): Damage {
  const bytes = readFileSync(path);
  const at = pick(rng, 100);
  bytes[at] = choose(rng, [0, 1, 2, 255, pick(rng, 256)]);
  writeFileSync(path, bytes);
  return { what: `byte ${at} of the header is ${bytes[at]}` };
}

function log(path: string, rng: Rng): Damage | undefined {
  const wal = `${path}-wal`;
  if (!existsSync(wal)) return undefined;
  const how = choose(rng, ["removed", "cut", "flipped", "zeroed"]);
  const bytes = readFileSync(wal);
  if (how === "removed") rmSync(wal);
  if (how === "cut") truncateSync(wal, pick(rng, bytes.length));
  if (how === "flipped") for (let left = 20; left > 0; left--) bytes[pick(rng, bytes.length)]! ^= 0xff;
  if (how === "zeroed") bytes.fill(0, pick(rng, bytes.length));
  if (how === "flipped" || how === "zeroed") writeFileSync(wal, bytes);
  return { what: `the log ${how}` };
}

function strangeFilesBeside(path: string, rng: Rng): Damage {
  const suffix = choose(rng, ["-journal", "-wal", "-shm"]);
  const length = choose(rng, [0, 10, 512, 5_000, 40_000]);
  writeFileSync(`${path}${suffix}`, Buffer.from(Array.from({ length }, () => pick(rng, 256))));
  return { what: `${length} random bytes in ${suffix}` };
}

// Cells

const wrongValues: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  9_223_372_036_854_775_807n,
  -9_223_372_036_854_775_808n,
  1e308,
  "",
  "text",
  "NaN",
  "2026-13-45 99:99:99",
  "9999-12-31 23:59:59.999999",
  "{}",
  "{",
  '{"name": "FloatDistribution", "attributes": {"low": 2, "high": 1}}',
  '{"name": "CategoricalDistribution", "attributes": {"choices": []}}',
  '{"name": "IntDistribution", "attributes": {"low": 0, "high": 9223372036854775807, "step": 1, "log": false}}',
  '{"__proto__": {"polluted": true}, "constructor": 1}',
  "[".repeat(200_000),
  `"${"x".repeat(1_000_000)}"`,
  "\u0000",
  "\u001b]0;title\u0007\u001b[2J",
  Buffer.from([0xff, 0xfe, 0x00]),
];

const studyTables = ["study_directions", "study_user_attributes", "study_system_attributes"] as const;
const trialTables = [
  "trial_params",
  "trial_values",
  "trial_intermediate_values",
  "trial_user_attributes",
  "trial_system_attributes",
  "trial_heartbeats",
] as const;

/** Opens the file without what keeps SQLite from being misused. @returns undefined where it cannot be done. */
function change(path: string, action: (database: Database.Database) => Damage | undefined): Damage | undefined {
  const database = new Database(path);
  try {
    database.unsafeMode(true);
    database.pragma("foreign_keys = OFF");
    database.pragma("ignore_check_constraints = ON");
    return action(database);
  } catch (error) {
    // A constraint, or a table that an older schema has not.
    if (error instanceof Database.SqliteError) return undefined;
    throw error;
  } finally {
    database.close();
  }
}

interface Row {
  readonly table: string;
  readonly rowid: number;
  readonly study: string;
}

/** A row that belongs to a study. */
function anyRow(database: Database.Database, rng: Rng): Row | undefined {
  const table = choose(rng, ["studies", "trials", "trials", ...studyTables, ...trialTables, "trial_params"]);
  const joined = table.startsWith("trial_")
    ? `${table} JOIN trials USING (trial_id) JOIN studies USING (study_id)`
    : table === "studies"
      ? "studies"
      : `${table} JOIN studies USING (study_id)`;
  const rows = database.prepare(`SELECT ${table}.rowid AS rowid, study_name AS study FROM ${joined}`).all();
  return rows.length > 0 ? { table, ...(choose(rng, rows) as Omit<Row, "table">) } : undefined;
}

function columnsOf(database: Database.Database, table: string): string[] {
  return database.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table) as string[];
}

function cell(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const row = anyRow(database, rng);
    if (!row) return undefined;
    const column = choose(rng, columnsOf(database, row.table));
    const value = choose(rng, wrongValues);
    database.prepare(`UPDATE ${row.table} SET "${column}" = ? WHERE rowid = ?`).run(value, row.rowid);
    const shown = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "").slice(0, 80);
    const what = `${row.table}.${column} of row ${row.rowid} is ${shown}`;
    // Another owner, or another name: two studies are concerned.
    return ["study_id", "trial_id", "study_name"].includes(column) ? { what } : { what, study: row.study };
  });
}

function rowsGone(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const row = anyRow(database, rng);
    if (!row) return undefined;
    database.prepare(`DELETE FROM ${row.table} WHERE rowid = ?`).run(row.rowid);
    return { what: `row ${row.rowid} of ${row.table} deleted`, study: row.study, isNameLost: row.table === "studies" };
  });
}

/** A trial twice under one number. */
function rowsRepeated(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const trials = database.prepare(
      "SELECT trial_id AS id, study_name AS study FROM trials JOIN studies USING (study_id)",
    );
    const rows = trials.all() as { id: number; study: string }[];
    if (rows.length === 0) return undefined;
    const { id, study } = choose(rng, rows);
    const columns = columnsOf(database, "trials").filter((name) => name !== "trial_id");
    database.exec(`INSERT INTO trials (${columns.join()}) SELECT ${columns.join()} FROM trials WHERE trial_id = ${id}`);
    return { what: `trial ${id} repeated`, study };
  });
}

function orphans(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const table = choose(rng, [...studyTables, ...trialTables, "trials"] as const);
    const owner = table.startsWith("trial_") ? "trial_id" : "study_id";
    const rows = database.prepare(`SELECT rowid FROM ${table}`).pluck().all() as number[];
    if (rows.length === 0) return undefined;
    database.prepare(`UPDATE ${table} SET ${owner} = 987654321 WHERE rowid = ?`).run(choose(rng, rows));
    return { what: `a row of ${table} belongs to nobody` };
  });
}

const names = [
  "__proto__",
  "constructor",
  "",
  " ",
  "a/b\\c:..",
  "[x](command:workbench.action.quit)",
  "$(rm -rf /)`id`",
  "\u202egnp.exe",
  "\u001b[2J\u001b]52;c;aGk=\u0007",
  "line\nbreak\r\ttab",
  "x".repeat(100_000),
  "\u0000zero",
];

function renamed(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const [table, column] = choose(rng, [
      ["studies", "study_name"],
      ["trial_params", "param_name"],
      ["trial_user_attributes", "key"],
      ["study_user_attributes", "key"],
      ["study_system_attributes", "key"],
    ] as const);
    const rows = database.prepare(`SELECT rowid FROM ${table}`).pluck().all() as number[];
    if (rows.length === 0) return undefined;
    const name = choose(rng, names);
    database.prepare(`UPDATE ${table} SET "${column}" = ? WHERE rowid = ?`).run(name, choose(rng, rows));
    return { what: `a ${column} of ${table} is ${JSON.stringify(name.slice(0, 40))}` };
  });
}

// Schema

function tablesOf(database: Database.Database): string[] {
  return database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
}

function dropped(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const table = choose(rng, tablesOf(database));
    const column = choose(rng, columnsOf(database, table));
    const how = choose(rng, [
      `DROP TABLE ${table}`,
      `ALTER TABLE ${table} DROP COLUMN "${column}"`,
      `ALTER TABLE ${table} RENAME COLUMN "${column}" TO another`,
      `ALTER TABLE ${table} RENAME TO another`,
      `DELETE FROM ${table}`,
    ]);
    database.exec(how);
    return { what: how };
  });
}

function indexesOf(database: Database.Database): string[] {
  const sql =
    "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('trials', 'studies', 'trial_params', 'trial_values')";
  return database.prepare(sql).pluck().all() as string[];
}

/** An index that knows nothing of what stands in its table. */
function emptyIndex(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const index = choose(rng, indexesOf(database));
    database.exec("CREATE TABLE nothing (a, b); CREATE INDEX nothing_index ON nothing (a, b)");
    misuse(database, [
      `UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'nothing_index') WHERE name = '${index}'`,
      "DELETE FROM sqlite_master WHERE name = 'nothing_index'",
    ]);
    return { what: `${index} is empty` };
  });
}

/** An index that is another's. */
function lyingIndex(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const [one, other] = [choose(rng, indexesOf(database)), choose(rng, indexesOf(database))];
    if (one === other) return undefined;
    misuse(database, [
      `UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = '${other}') WHERE name = '${one}'`,
    ]);
    return { what: `${one} is ${other}` };
  });
}

function misuse(database: Database.Database, statements: readonly string[]): void {
  database.pragma("writable_schema = ON");
  for (const statement of statements) database.exec(statement);
  database.pragma("writable_schema = RESET");
}

/** A view in a table's place whose rows never end. */
function endlessView(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const table = choose(rng, tablesOf(database));
    const columns = columnsOf(database, table).map((name) => `r.n AS "${name}"`);
    database.exec(`DROP TABLE ${table};
      CREATE VIEW ${table} AS WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT ${columns.join()} FROM r`);
    return { what: `${table} is a view without an end` };
  });
}

/** A view of the same rows: what is read is right, and nothing can be written. */
function harmlessView(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const table = choose(rng, tablesOf(database));
    database.exec(`ALTER TABLE ${table} RENAME TO behind; CREATE VIEW ${table} AS SELECT * FROM behind`);
    return { what: `${table} is a view` };
  });
}

function trigger(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const table = choose(rng, ["trials", "trial_params", "trial_values", "trial_system_attributes"]);
    const event = choose(rng, ["INSERT", "UPDATE"]);
    const action = choose(rng, [
      "SELECT RAISE(ABORT, 'no')",
      "SELECT RAISE(IGNORE)",
      "DELETE FROM trials WHERE trial_id = (SELECT MIN(trial_id) FROM trials)",
      "UPDATE trials SET state = 'FAIL'",
    ]);
    const when = action.includes("RAISE") ? "BEFORE" : "AFTER";
    database.exec(`CREATE TRIGGER hidden ${when} ${event} ON ${table} BEGIN ${action}; END`);
    return { what: `trigger at ${event} of ${table}: ${action}` };
  });
}

function generatedColumn(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const kind = choose(rng, ["VIRTUAL", "STORED"]);
    const state = choose(rng, ["'COMPLETE'", "number || ''", "NULL"]);
    database.exec(`ALTER TABLE trials RENAME TO old;
      CREATE TABLE trials (trial_id INTEGER NOT NULL PRIMARY KEY, number INTEGER, study_id INTEGER,
        state VARCHAR(8) GENERATED ALWAYS AS (${state}) ${kind}, datetime_start DATETIME, datetime_complete DATETIME);
      INSERT INTO trials (trial_id, number, study_id, datetime_start, datetime_complete)
        SELECT trial_id, number, study_id, datetime_start, datetime_complete FROM old;
      DROP TABLE old`);
    return { what: `trials.state is generated: ${state} ${kind}` };
  });
}

function versions(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const how = choose(rng, [
      "UPDATE alembic_version SET version_num = 'v99.0.0'",
      "UPDATE alembic_version SET version_num = 5",
      "DELETE FROM alembic_version",
      "INSERT INTO alembic_version VALUES ('another')",
      "UPDATE version_info SET library_version = '[Repair](command:workbench.action.quit)'",
      "UPDATE version_info SET library_version = 4.2",
      "UPDATE version_info SET library_version = NULL",
      "UPDATE version_info SET schema_version = 'twelve'",
      "UPDATE version_info SET schema_version = 9223372036854775807",
      "DELETE FROM version_info",
    ]);
    database.exec(how);
    return { what: how };
  });
}

/** What a schema of ours has not, and need not mind. */
function more(path: string, rng: Rng): Damage | undefined {
  return change(path, (database) => {
    const how = choose(rng, [
      "ALTER TABLE trials ADD COLUMN another TEXT DEFAULT 'x'",
      "ALTER TABLE studies ADD COLUMN another TEXT NOT NULL DEFAULT 'x'",
      "CREATE TABLE other (a)",
      `CREATE TABLE "${"n".repeat(10_000)}" (a)`,
      'CREATE TABLE "\u001b[2J" (a)',
      "CREATE UNIQUE INDEX strict ON trials (state)",
      "CREATE UNIQUE INDEX strict ON trial_params (param_name)",
      "PRAGMA user_version = 77",
      "PRAGMA application_id = 77",
    ]);
    database.exec(how);
    return { what: how.slice(0, 80) };
  });
}

// Places

/** What is no database at all, where one was. */
function somethingElse(path: string, rng: Rng): Damage {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
  const what = choose(rng, ["a folder", "a FIFO", "/dev/zero", "a link to itself", "an empty file", "a text"]);
  if (what === "a folder") mkdirSync(path);
  if (what === "a FIFO") execFileSync("mkfifo", [path]);
  if (what === "/dev/zero") symlinkSync("/dev/zero", path);
  if (what === "a link to itself") symlinkSync(path, path);
  if (what === "an empty file") closeSync(openSync(path, "w"));
  if (what === "a text") writeFileSync(path, "SQLite format 4\u0000 ".repeat(1 + pick(rng, 1_000)));
  return { what: `${what} in its place` };
}
