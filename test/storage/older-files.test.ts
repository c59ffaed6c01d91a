import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrateCopy } from "../../src/storage/migrate.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { findPython } from "./children/find-python.js";
import { codeOf } from "./code-of.js";
import { temporaryFolder } from "../temporary-folder.js";

type Rows = Record<string, Record<string, unknown>[]>;

/** Files as older versions of Optuna left them, with the rows that Optuna 5's own upgrade makes of each (`older.py`). */
const fixtures = new URL("../fixtures/optuna/older/", import.meta.url);
const revisions = readdirSync(fixtures)
  .filter((name) => name.endsWith(".db"))
  .map((name) => name.slice(0, -".db".length));

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function copyFixture(revision: string): void {
  copyFileSync(new URL(`${revision}.db`, fixtures), path);
}

/** The distributions of a parameter may be spelled differently: 1e-05 is 0.00001. */
function comparable(rows: Rows): Rows {
  for (const row of rows["trial_params"]!) row["distribution_json"] = JSON.parse(String(row["distribution_json"]));
  return rows;
}

function rowsOf(file: string): Rows {
  const database = new Database(file, { readonly: true });
  const names = database
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
  const rows = Object.fromEntries(
    names.map((name) => [
      name,
      database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${name} ORDER BY 1`).all(),
    ]),
  );
  database.close();
  return rows;
}

function edit(sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

/** Where the clock on the wall shows another time than in Greenwich. */
function inZone<T>(zone: string, action: () => T): T {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    return action();
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
}

it("rows that belong to no trial any more do not keep the others from being read", () => {
  copyFixture("v2.4.0.a");
  const before = openSqliteStorage(path, { readOnly: true });
  const study = before.getStudies()[0]!.id;
  const trials = before.getTrials(study);
  before.close();
  edit(`PRAGMA foreign_keys = OFF; DELETE FROM trials WHERE trial_id = ${trials[0]!.id}`);
  const after = openSqliteStorage(path, { readOnly: true });
  expect(after.getTrials(study)).toEqual(trials.slice(1));
  after.close();
});

it("there is a file of every revision of the schema", () => {
  expect(revisions).toHaveLength(10);
});

describe.each(revisions)("a file of Optuna's schema %s", (revision) => {
  it("is migrated, in a copy, to what Optuna's own upgrade makes of it", () => {
    copyFixture(revision);
    const migrated = migrateCopy(path, { keepTimes: true });
    expect(migrated.output).toBe(join(folder, "studies.optuna5.db"));
    const expected = JSON.parse(readFileSync(new URL(`${revision}.json`, fixtures), "utf8")) as Rows;
    expect(migrated).toMatchObject({ studies: 2, trials: expected["trials"]!.length });
    expect(comparable(rowsOf(migrated.output))).toEqual(comparable({ trial_heartbeats: [], ...expected }));
  });

  it("is read as its migrated copy is, and goes on in the copy", () => {
    copyFixture(revision);
    const before = { bytes: readFileSync(path), changed: statSync(path).mtimeMs };
    inZone("Asia/Tokyo", () => {
      const older = openSqliteStorage(path, { readOnly: true });
      const copy = openSqliteStorage(migrateCopy(path).output);
      expect(older.olderLibrary).toMatch(/^[0-4]\./);
      expect(copy.olderLibrary).toBeNull();
      expect(older.getStudies()).toEqual(copy.getStudies());
      for (const { id } of older.getStudies()) {
        expect(older.getStudy(id)).toEqual(copy.getStudy(id));
        expect(older.getTrials(id)).toEqual(copy.getTrials(id));
      }
      const trials = older.getTrials(1);
      expect(trials[0]!.datetimeStart!.toISOString()).toBe("2020-07-01T14:59:59.123Z");
      expect(trials.slice(0, 3).map(({ values }) => values)).toEqual([[0.5], [Infinity], [-Infinity]]);
      expect(trials[0]!.params).toEqual({
        x: 0.25,
        lr: 0.0012,
        rate: 0.30000000000000004,
        layers: 5,
        units: 399,
        kind: 2.5,
      });
      expect(copy.createTrial(1).number).toBe(trials.length);
      older.close();
      copy.close();
    });
    expect(readFileSync(path).equals(before.bytes)).toBe(true);
    expect(statSync(path).mtimeMs).toBe(before.changed);
    expect(readdirSync(folder).sort()).toEqual(["studies.db", "studies.optuna5.db"]);
  });

  it("is not written to, and says what to do instead", () => {
    copyFixture(revision);
    const before = readFileSync(path);
    expect(codeOf(() => openSqliteStorage(path))).toBe("storage-older");
    expect(() => openSqliteStorage(path)).toThrow(`tunelens migrate "${path}"`);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(["studies.db"]);
  });
});

const python = findPython();

it.skipIf(!python)(
  "Python's Optuna finds in our copies what it makes of the files itself, and goes on with them",
  () => {
    const pairs = revisions.flatMap((revision) => {
      const older = join(folder, `${revision}.db`);
      copyFileSync(new URL(`${revision}.db`, fixtures), older);
      return [older, migrateCopy(older, { keepTimes: true }).output];
    });
    const script = fileURLToPath(new URL("children/optuna_upgrade.py", import.meta.url));
    const { status, stdout, stderr } = spawnSync(python!, [script, ...pairs], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    expect(stdout.trim().split("\n")).toEqual(pairs.filter((_, i) => i % 2 === 1));
  },
);

describe("an older file that is in use", () => {
  it("is read with what stands in its log only", () => {
    copyFixture("v2.6.0.a");
    const writer = new Database(path);
    writer.pragma("journal_mode = WAL");
    writer.exec("UPDATE trial_values SET value = 0.75 WHERE trial_id = 1");
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    const older = openSqliteStorage(path, { readOnly: true });
    expect(older.getTrial(1).values).toEqual([0.75]);
    older.close();
    writer.close();
  });

  it("of Optuna 4, whose tables are those of 5, is followed as it grows", () => {
    copyFixture("v3.2.0.a");
    const older = openSqliteStorage(path, { readOnly: true });
    expect(older.isCopy).toBe(false);
    const before = older.getTrials(1);
    edit("INSERT INTO trials (number, study_id, state) VALUES (7, 1, 'WAITING')");
    expect(older.getTrials(1)).toHaveLength(before.length + 1);
    // Finished trials are known again, whatever the time zone.
    expect(older.getTrials(1)[0]).toBe(before[0]);
    older.close();
  });

  it("is told to be locked when it is so for too long", () => {
    copyFixture("v2.6.0.a");
    const writer = new Database(path);
    writer.exec("BEGIN EXCLUSIVE");
    const open = () => openSqliteStorage(path, { readOnly: true, busyTimeout: 50 });
    expect(codeOf(open)).toBe("storage-locked");
    expect(open).toThrow(`${path} was locked by another process for 0.05 s`);
    writer.close();
  });
});

describe("a copy is not made", () => {
  const refused = (code: string, message: string, output?: string): void => {
    const before = readFileSync(path);
    const files = readdirSync(folder);
    const migrate = () => migrateCopy(path, output === undefined ? {} : { output });
    expect(codeOf(migrate)).toBe(code);
    expect(migrate).toThrow(message);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(files);
  };

  it("of a file that needs none", () => {
    openSqliteStorage(path).close();
    refused("storage-current", path);
  });

  it("over another file", () => {
    copyFixture("v2.6.0.a");
    writeFileSync(join(folder, "taken"), "mine");
    refused("storage-exists", "taken", join(folder, "taken"));
  });

  it("where nothing can be written", () => {
    copyFixture("v2.6.0.a");
    refused("storage-not-writable", "missing", join(folder, "missing", "copy.db"));
  });

  it("of a distribution nobody can read, which is named", () => {
    copyFixture("v2.6.0.a");
    edit(`UPDATE trial_params SET distribution_json = '{"name": "Zipf", "attributes": {}}' WHERE param_id = 3`);
    refused("storage-corrupt", 'Study "older ✓", trial with the ID 1: the stored distribution of parameter "rate"');
  });

  it("of a completed trial without a value, which Optuna refuses too", () => {
    copyFixture("v1.3.0.a");
    edit("UPDATE trials SET value = NULL WHERE trial_id = 1");
    refused("storage-corrupt", 'Study "older ✓", trial with the ID 1: the stored value of a COMPLETE trial');
  });

  it("of a file that does not match its version", () => {
    copyFixture("v3.0.0.d");
    edit("UPDATE alembic_version SET version_num = 'v1.3.0.a'");
    refused("storage-corrupt", "does not match its version");
  });
});
