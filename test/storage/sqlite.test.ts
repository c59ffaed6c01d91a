import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution } from "../../src/engine/distribution.js";
import { createStudy as createEngineStudy } from "../../src/engine/study/create-study.js";
import { Connection } from "../../src/storage/sqlite/connection.js";
import { openSqliteStorage, SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { codeOf } from "./code-of.js";
import { describeStorage } from "./conformance.js";
import { temporaryFolder } from "../temporary-folder.js";

const float = floatDistribution(0, 1);
const EMPTY = fileURLToPath(new URL("../fixtures/optuna/empty.db", import.meta.url));

let folder: string;
let path: string;
const opened: { close(): void }[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
});
afterEach(() => {
  for (const open of opened.splice(0)) open.close();
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

function open(options: { readOnly?: boolean; busyTimeout?: number } = {}): SqliteStorage {
  const storage = openSqliteStorage(path, options);
  opened.push(storage);
  return storage;
}

/** The file as somebody else has it open. */
function openRaw(options: Database.Options = {}): Database.Database {
  const database = new Database(path, options);
  opened.push(database);
  return database;
}

/** A file with study "s", whose trial 0 is COMPLETE with x = 0.5 and c = "b", and whose trial 1 is RUNNING. */
function writeStudy(): void {
  const storage = openSqliteStorage(path);
  const study = storage.createStudy("s", ["minimize"]);
  const { id } = storage.createTrial(study);
  storage.setTrialParam(id, "x", 0.5, float);
  storage.setTrialParam(id, "c", 1, categoricalDistribution(["a", "b"]));
  storage.setTrialIntermediateValue(id, 3, 1);
  storage.setTrialUserAttr(id, "note", "hello");
  storage.setTrialState(id, "COMPLETE", [1]);
  storage.createTrial(study);
  storage.close();
}

/** Deletes all studies, and makes one with a RUNNING trial, under ids that had a meaning before: as Optuna does. */
function replaceStudy(name: string): void {
  const raw = openRaw();
  const tables = ["study_directions", "study_user_attributes", "study_system_attributes", "studies"];
  const details = ["params", "values", "intermediate_values", "user_attributes", "system_attributes", "heartbeats"];
  for (const table of [...details.map((detail) => `trial_${detail}`), "trials", ...tables])
    raw.exec(`DELETE FROM ${table}`);
  raw.prepare("INSERT INTO studies (study_name) VALUES (?)").run(name);
  raw.exec("INSERT INTO study_directions (study_id, direction, objective) VALUES (1, 'MINIMIZE', 0)");
  raw.exec(
    "INSERT INTO trials (study_id, number, state, datetime_start) VALUES (1, 0, 'RUNNING', '2026-01-01 10:00:00.000000')",
  );
  raw.close();
}

/** All that the file holds. */
function dump(): unknown {
  const raw = openRaw({ readonly: true });
  const tables = raw.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  return tables.map((table) => [table, raw.prepare(`SELECT * FROM ${table}`).all()]);
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was thrown";
}

/** What a script about `openSqliteStorage` prints, run by somebody who is not root: root is stopped by no permission. */
function printedByNobody(script: string): string {
  const module = new URL("../../src/storage/sqlite/sqlite-storage.ts", import.meta.url).href;
  const source = `import { openSqliteStorage } from ${JSON.stringify(module)}; ${script}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source], {
    encoding: "utf8",
    ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
  });
  return stdout.trim() || stderr;
}

describeStorage("sqlite", (body) => {
  const storage = openSqliteStorage(join(folder, "new", "folder", "studies.db"));
  try {
    body(storage);
  } finally {
    storage.close();
  }
});

describe("a new file", () => {
  it("has Optuna's schema, table for table, and its version", () => {
    open().close();
    const describeSchema = (database: Database.Database): unknown => ({
      objects: database
        .prepare("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        .all()
        .map((row) =>
          JSON.stringify(row)
            .replace(/ ?\\n\\?t?| +/g, " ")
            .replaceAll("\\t", ""),
        ),
      version: database.prepare("SELECT * FROM version_info").all(),
      revision: database.prepare("SELECT * FROM alembic_version").all(),
      userVersion: database.pragma("user_version"),
    });
    const reference = new Database(EMPTY, { readonly: true });
    opened.push(reference);
    expect(describeSchema(openRaw())).toEqual(describeSchema(reference));
  });

  it("is in WAL mode, and nothing lies beside it once it is closed", () => {
    const storage = open();
    storage.createStudy("s", ["minimize"]);
    expect(existsSync(`${path}-wal`)).toBe(true);
    storage.close();
    expect(readdirSync(folder)).toEqual(["studies.db"]);
    expect(readFileSync(path).subarray(18, 20)).toEqual(Buffer.from([2, 2]));
  });

  it("may be an empty one that is there already", () => {
    writeFileSync(path, "");
    expect(open().getStudies()).toEqual([]);
  });

  it("stores every number as a real, and dates as naive UTC with microseconds", () => {
    writeStudy();
    const raw = openRaw();
    expect(raw.prepare("SELECT DISTINCT typeof(param_value) FROM trial_params").pluck().all()).toEqual(["real"]);
    expect(raw.prepare("SELECT typeof(value), value_type FROM trial_values").raw().all()).toEqual([["real", "FINITE"]]);
    const start = String(raw.prepare("SELECT datetime_start FROM trials").pluck().get());
    expect(start).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    expect(Math.abs(new Date(`${start.replace(" ", "T")}Z`).getTime() - Date.now())).toBeLessThan(60_000);
  });

  it("gets its version rows where they are missing", () => {
    writeStudy();
    openRaw().exec("DELETE FROM version_info; DELETE FROM alembic_version");
    expect(open().getStudies()).toHaveLength(1);
    expect(openRaw().prepare("SELECT version_num FROM alembic_version").pluck().all()).toEqual(["v3.2.0.a"]);
    expect(openRaw().prepare("SELECT schema_version FROM version_info").pluck().all()).toEqual([12]);
  });
});

describe("two connections", () => {
  it("see each other's writes at once", () => {
    const ours = open();
    const theirs = open();
    const study = ours.createStudy("s", ["minimize"]);
    const { id } = theirs.createTrial(study);
    expect(ours.getTrials(study)).toMatchObject([{ id, state: "RUNNING" }]);
    theirs.setTrialIntermediateValue(id, 0, 5);
    expect(ours.getTrials(study)[0]?.intermediateValues).toEqual(new Map([[0, 5]]));
    const second = ours.createTrial(study);
    theirs.setTrialState(id, "COMPLETE", [5]);
    ours.setTrialParam(second.id, "x", 0.5, float);
    expect(ours.getTrials(study)).toMatchObject([{ state: "COMPLETE" }, { params: { x: 0.5 } }]);
    expect(theirs.getTrials(study)).toEqual(ours.getTrials(study));
    expect(codeOf(() => theirs.setTrialParam(theirs.createTrial(study).id, "x", 0, categoricalDistribution([0])))).toBe(
      "incompatible-distribution",
    );
  });

  it("count each other's changes and their own", () => {
    const ours = open();
    const theirs = open();
    const counts = [ours.changeCounter(), ours.changeCounter()];
    ours.createStudy("s", ["minimize"]);
    counts.push(ours.changeCounter());
    theirs.createStudy("t", ["minimize"]);
    counts.push(ours.changeCounter(), ours.changeCounter());
    expect(counts[1]).toBe(counts[0]);
    expect(counts[2]).toBeGreaterThan(counts[1]!);
    expect(counts[3]).toBeGreaterThan(counts[2]!);
    expect(counts[4]).toBe(counts[3]);
  });

  it("notice a study that was deleted and made anew under the same ids, where they only look", () => {
    writeStudy();
    const reader = open({ readOnly: true });
    expect(reader.getTrials(1)).toMatchObject([{ params: { x: 0.5 } }, { state: "RUNNING" }]);
    replaceStudy("s");
    expect(reader.getTrials(1)).toMatchObject([{ state: "RUNNING", params: {} }]);
    expect(reader.getTrial(1)).toMatchObject({ state: "RUNNING", params: {} });
  });

  it("wait for a lock, and say so when it is held for too long", () => {
    writeStudy();
    const storage = open({ busyTimeout: 50 });
    const holder = openRaw();
    holder.exec("BEGIN IMMEDIATE");
    expect(codeOf(() => storage.createTrial(1))).toBe("storage-locked");
    expect(storage.getTrials(1)).toHaveLength(2);
    holder.exec("ROLLBACK");
    expect(storage.createTrial(1).number).toBe(2);
  });
});

describe("an id of a study that was deleted meanwhile, and given again", () => {
  /** Study 1 with RUNNING trial 1, open here; and how a write to it ends. */
  const running = () => {
    const storage = open();
    const study = storage.createStudy("s", ["minimize"]);
    const trial = storage.createTrial(study).id;
    const writes: (() => unknown)[] = [
      () => storage.setStudyUserAttr(study, "a", 1),
      () => storage.createTrial(study),
      () => storage.startTrial(study, 10),
      () => storage.claimWaitingTrial(study),
      () => storage.setTrialParam(trial, "x", 0.5, float),
      () => storage.setTrialIntermediateValue(trial, 0, 1),
      () => storage.setTrialUserAttr(trial, "a", 1),
      () => storage.setTrialSystemAttr(trial, "a", 1),
      () => storage.recordHeartbeat(trial),
      () => storage.setTrialState(trial, "COMPLETE", [1]),
      () => storage.deleteStudy(study),
    ];
    return { storage, study, trial, writes };
  };

  it.each(["another", "s"])(
    "belongs to study %s: nothing is written to it, and the error names the one that is gone",
    (name) => {
      const { storage, study, trial, writes } = running();
      replaceStudy(name);
      const before = dump();
      for (const write of [...writes, () => storage.getTrials(study), () => storage.getTrial(trial)]) {
        expect(codeOf(write)).toBe("study-deleted");
        expect(messageOf(write)).toContain(`Another program deleted study "s" from ${storage.url}`);
      }
      expect(dump()).toEqual(before);
    },
  );

  it("belongs to no study: the error says that it was deleted", () => {
    const { writes } = running();
    open().deleteStudy(1);
    for (const write of writes) expect(codeOf(write)).toBe("study-deleted");
  });

  it("is noticed, too, where the study was made by Python, from the first write on", () => {
    open().close();
    replaceStudy("s");
    const storage = open();
    const study = storage.findStudy("s")!;
    storage.setTrialUserAttr(storage.getTrials(study)[0]!.id, "a", 1);
    replaceStudy("s");
    expect(codeOf(() => storage.setTrialUserAttr(1, "a", 1))).toBe("study-deleted");
    expect(codeOf(() => storage.createTrial(study))).toBe("study-deleted");
    expect(open().getTrials(study)).toMatchObject([{ userAttrs: {} }]);
  });

  it("is a trial's that another study has now", () => {
    const { storage, trial } = running();
    openRaw().exec("INSERT INTO studies VALUES (7, 'other'); UPDATE trials SET study_id = 7");
    expect(codeOf(() => storage.setTrialIntermediateValue(trial, 0, 1))).toBe("study-deleted");
    expect(open().getTrial(trial).intermediateValues.size).toBe(0);
  });

  it("is still that of a trial that Optuna started anew: its claim of one that waits is not atomic", () => {
    const { storage, trial } = running();
    storage.getTrial(trial);
    openRaw().exec("UPDATE trials SET datetime_start = '2020-01-01 00:00:00.000000'");
    storage.setTrialState(trial, "COMPLETE", [1]);
    expect(storage.getTrial(trial)).toMatchObject({ state: "COMPLETE", values: [1] });
  });

  it("is not given by us", () => {
    const { study, trial } = running();
    open().deleteStudy(study);
    const other = open();
    const next = other.createStudy("next", ["minimize"]);
    expect(next).toBeGreaterThan(study);
    expect(other.createTrial(next).id).toBeGreaterThan(trial);
  });
});

describe("a read-only storage", () => {
  it.each([true, false])(
    "refuses a file that was cut to nothing beside its log, and keeps the log (read only: %s)",
    (readOnly) => {
      writeFileSync(path, "");
      writeFileSync(`${path}-wal`, "what was written last");
      expect(codeOf(() => open({ readOnly }))).toBe("storage-corrupt");
      expect(readFileSync(`${path}-wal`, "utf8")).toBe("what was written last");
    },
  );

  it("leaves nothing beside a file that is cut off, which it cannot read", () => {
    writeStudy();
    truncateSync(path, 8192);
    expect(codeOf(() => open({ readOnly: true }).getStudies())).toBe("storage-corrupt");
    expect(readdirSync(folder)).toEqual(["studies.db"]);
  });

  it("lists a study whose name is no text, by what there is", () => {
    writeStudy();
    openRaw().exec("UPDATE studies SET study_name = x'6162'");
    expect(open({ readOnly: true }).getStudies()).toMatchObject([{ name: "ab" }]);
  });

  it("leaves a WAL file and its folder as they were", () => {
    writeStudy();
    const before = readFileSync(path);
    const changed = statSync(path).mtimeMs;
    const storage = open({ readOnly: true });
    expect(storage.getTrials(1)).toHaveLength(2);
    storage.close();
    expect(statSync(path).mtimeMs).toBe(changed);
    expect(readdirSync(folder)).toEqual(["studies.db"]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("follows a writer that is at work, and leaves its log alone", () => {
    writeStudy();
    const writer = open();
    const reader = open({ readOnly: true });
    const count = reader.changeCounter();
    writer.setTrialState(2, "COMPLETE", [7]);
    expect(reader.getTrials(1)[1]).toMatchObject({ state: "COMPLETE", values: [7] });
    expect(reader.changeCounter()).toBeGreaterThan(count);
    reader.close();
    expect(existsSync(`${path}-wal`)).toBe(true);
    expect(writer.createTrial(1).number).toBe(2);
  });

  it("refuses every write", () => {
    writeStudy();
    const storage = open({ readOnly: true });
    const writes: (() => unknown)[] = [
      () => storage.createStudy("t", ["minimize"]),
      () => storage.deleteStudy(1),
      () => storage.setStudyUserAttr(1, "a", 1),
      () => storage.createTrial(1),
      () => storage.setTrialParam(2, "x", 0.5, float),
      () => storage.setTrialState(2, "FAIL"),
      () => storage.setTrialIntermediateValue(2, 0, 1),
      () => storage.setTrialUserAttr(2, "a", 1),
      () => storage.recordHeartbeat(2),
    ];
    for (const write of writes) expect(codeOf(write)).toBe("storage-read-only");
  });

  it.skipIf(process.platform === "win32")("reads a WAL file in a folder where nobody may write", () => {
    writeStudy();
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    const script = `console.log(openSqliteStorage(${JSON.stringify(path)}, { readOnly: true }).getTrials(1).length)`;
    expect(printedByNobody(script)).toBe("2");
  });

  it("needs a file", () => {
    expect(codeOf(() => open({ readOnly: true }))).toBe("storage-not-found");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("what is no storage", () => {
  const unchanged = (code: string): void => {
    const before = existsSync(path) && readFileSync(path);
    for (const readOnly of [true, false]) {
      expect(codeOf(() => open({ readOnly }))).toBe(code);
      expect(messageOf(() => open({ readOnly }))).toContain(path);
    }
    if (before) expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(["studies.db"]);
  };

  it("a folder", () => {
    mkdirSync(path);
    expect(codeOf(() => open())).toBe("storage-is-directory");
    expect(codeOf(() => open({ readOnly: true }))).toBe("storage-is-directory");
  });

  it.skipIf(process.platform === "win32")("a pipe, or one in its log's place", () => {
    spawnSync("mkfifo", [path]);
    expect(codeOf(() => open())).toBe("storage-not-a-file");
    expect(codeOf(() => open({ readOnly: true }))).toBe("storage-not-a-file");
    rmSync(path);
    spawnSync("mkfifo", [`${path}-wal`]);
    expect(codeOf(() => open())).toBe("storage-not-a-file");
  });

  it("a text file", () => {
    writeFileSync(path, "trial,value\n0,1\n".repeat(100));
    unchanged("not-a-database");
  });

  it("another program's database", () => {
    openRaw().exec("CREATE TABLE bookmarks (url TEXT)");
    opened.pop()!.close();
    unchanged("not-a-study-database");
  });

  it.each([
    ["UPDATE alembic_version SET version_num = 'v6.0.0.a'", "storage-newer"],
    ["UPDATE version_info SET schema_version = 13", "storage-newer"],
  ])("a schema after %s", (sql, code) => {
    writeStudy();
    openRaw().exec(sql);
    opened.pop()!.close();
    unchanged(code);
  });
});

describe("what a storage cannot do", () => {
  const codeAsNobody = (): string =>
    printedByNobody(`
      try { openSqliteStorage(${JSON.stringify(path)}).createStudy("t", ["minimize"]); }
      catch (error) { console.log(error.code); }`);

  it.skipIf(process.platform === "win32")("write where it has no permission", () => {
    writeStudy();
    chmodSync(folder, 0o755);
    chmodSync(path, 0o444);
    expect(codeAsNobody()).toBe("storage-not-writable");
    rmSync(path);
    chmodSync(folder, 0o555);
    expect(codeAsNobody()).toBe("storage-not-writable");
    path = join(folder, "deeper", "studies.db");
    expect(codeAsNobody()).toBe("storage-not-writable");
  });

  it("write on a full disk; then nothing of the write is there", () => {
    writeStudy();
    const connection = new Connection(path);
    opened.push(connection);
    const storage = new SqliteStorage(connection);
    connection.database.pragma(
      `max_page_count = ${String(connection.database.pragma("page_count", { simple: true }))}`,
    );
    const trial = {
      ...storage.getTrials(1)[0]!,
      userAttrs: { big: "x".repeat(1_000_000) },
    };
    expect(codeOf(() => storage.createTrial(1, trial))).toBe("storage-full");
    expect(storage.getTrials(1)).toHaveLength(2);
    storage.setTrialState(2, "FAIL");
    expect(storage.getTrial(2).state).toBe("FAIL");
  });

  it("anything once it is closed", () => {
    const storage = open();
    storage.close();
    storage.close();
    expect(codeOf(() => storage.getStudies())).toBe("storage-closed");
    expect(codeOf(() => storage.createStudy("s", ["minimize"]))).toBe("storage-closed");
    expect(codeOf(() => storage.getTrials(1))).toBe("storage-closed");
  });
});

it("a trial is told by its id, also where a damaged study has two of its number", () => {
  const storage = open();
  const study = createEngineStudy({ storage, name: "s" });
  study.tell(study.ask(), 1);
  const second = study.ask();
  openRaw().exec(
    "UPDATE trials SET number = 1; INSERT INTO trials (trial_id, study_id, number, state) VALUES (0, 1, 0, 'FAIL')",
  );
  expect(study.tell(second, 2)).toMatchObject({ id: second.id, values: [2] });
});

describe("what somebody tampered with is named", () => {
  it.each([
    ["UPDATE trial_params SET distribution_json = '{' WHERE param_name = 'x'", 'distribution of parameter "x"'],
    [
      `UPDATE trial_params SET distribution_json = '{"name": "FloatDistribution", "attributes": {"low": 2, "high": 1}}' WHERE param_name = 'x'`,
      'distribution of parameter "x"',
    ],
    ["UPDATE trial_params SET param_value = 7 WHERE param_name = 'c'", 'value of parameter "c"'],
    ["UPDATE trial_params SET param_value = NULL WHERE param_name = 'x'", 'value of parameter "x"'],
    ["UPDATE trial_user_attributes SET value_json = 'hello'", 'user attribute "note"'],
    ["UPDATE trial_values SET value_type = 'HUGE'", "value (1, HUGE)"],
    ["UPDATE trial_values SET objective = 1", "values"],
    ["UPDATE trial_intermediate_values SET intermediate_value = NULL", "value at step 3 (null, FINITE)"],
    ["UPDATE trials SET state = 'DONE' WHERE number = 0", 'state "DONE"'],
    ["UPDATE trials SET datetime_start = 'yesterday' WHERE number = 0", 'start time "yesterday"'],
    ["UPDATE trials SET datetime_complete = 20260301 WHERE number = 0", "end time 20260301"],
    ["UPDATE trial_values SET objective = 'first'", "values"],
    ["UPDATE trial_values SET value = 'one'", "value (one, FINITE)"],
    ["UPDATE trial_intermediate_values SET step = 'last'", 'step "last"'],
  ])("%s", (sql, what) => {
    writeStudy();
    openRaw().exec(sql);
    const storage = open();
    for (const read of [() => storage.getTrials(1), () => storage.getTrial(1)]) {
      expect(codeOf(read)).toBe("storage-corrupt");
      expect(messageOf(read)).toContain(`Study "s", trial 0: the stored ${what} cannot be read`);
      expect(messageOf(read)).toContain(`${path} was changed or is damaged. Restore a copy`);
    }
  });

  it("in a study's attributes and directions", () => {
    writeStudy();
    openRaw().exec("INSERT INTO study_user_attributes (study_id, key, value_json) VALUES (1, 'note', '{')");
    expect(messageOf(() => open().getStudy(1))).toContain('Study "s": the stored user attribute "note" cannot be read');
    openRaw().exec("UPDATE study_directions SET direction = 'SIDEWAYS'");
    expect(codeOf(() => open().getStudy(1))).toBe("storage-corrupt");
  });

  it("where a new value meets it", () => {
    writeStudy();
    openRaw().exec("UPDATE trial_params SET distribution_json = '{' WHERE param_name = 'x'");
    const storage = open();
    expect(messageOf(() => storage.setTrialParam(2, "x", 0.5, float))).toContain(
      'Study "s": the stored distribution of parameter "x"',
    );
    expect(openRaw().prepare("SELECT count(*) FROM trial_params WHERE trial_id = 2").pluck().get()).toBe(0);
  });

  it("in the file itself", () => {
    writeStudy();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096);
    writeFileSync(path, bytes);
    expect(codeOf(() => open().getTrials(1))).toBe("storage-corrupt");
  });
});

describe("choices that Python spelled differently", () => {
  it("are written as they are there", () => {
    writeStudy();
    const json = '{"attributes": {"choices": [1.0, [64, 32]]}, "name": "CategoricalDistribution"}';
    openRaw().prepare("UPDATE trial_params SET distribution_json = ? WHERE param_name = 'c'").run(json);
    const storage = open();
    const [first, second] = storage.getTrials(1);
    expect(first?.params["c"]).toBe("[64, 32]");
    storage.setTrialParam(second!.id, "c", 0, categoricalDistribution([1, "[64, 32]"]));
    const stored = openRaw().prepare("SELECT distribution_json FROM trial_params WHERE trial_id = 2").pluck().all();
    expect(stored).toEqual([json]);
  });
});
