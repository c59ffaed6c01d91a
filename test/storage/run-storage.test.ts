import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyStudy } from "../../src/engine/study/copy-study.js";
import { random } from "../../src/engine/samplers/random.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { loadStudy } from "../../src/engine/study/load-study.js";
import type { Study } from "../../src/engine/study/study.js";
import { RunStorage } from "../../src/storage/run-storage.js";
import { Connection } from "../../src/storage/sqlite/connection.js";
import { openSqliteStorage, SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { until } from "../wait.js";
import { describeStorage } from "./conformance.js";
import { temporaryFolder } from "../temporary-folder.js";

let folder: string;
let path: string;
let told: string[];
const opened: { close(): void }[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
  told = [];
});
afterEach(() => {
  for (const open of opened.splice(0)) open.close();
  rmSync(folder, { recursive: true, force: true });
});

function runStorage(inner = openSqliteStorage(path)): RunStorage {
  const tell = (level: string, message: string): void => void told.push(`${level}: ${message}`);
  const storage = new RunStorage(inner, { tell, busyTimeout: 20, retryEvery: 5 });
  opened.push(storage);
  return storage;
}

function newStudy(storage: RunStorage): Study {
  return createStudy({ storage, name: "s", sampler: random(), seed: 1 });
}

/** Another program's connection to the file. */
function openRaw(): Database.Database {
  const raw = new Database(path);
  opened.push(raw);
  return raw;
}

/** What a process that comes later finds. */
function stored(file = path): Study["trials"] {
  const storage = openSqliteStorage(file, { readOnly: true });
  try {
    return loadStudy({ storage, name: "s" }).trials;
  } finally {
    storage.close();
  }
}

describeStorage("run", (body) => {
  const storage = runStorage();
  body(storage);
});

/** Ways in which nothing can be written for a while. `end` ends it. */
const obstacles: Record<string, (connection: Connection) => () => void> = {
  "another process holds the lock": () => {
    const holder = openRaw();
    holder.exec("BEGIN IMMEDIATE");
    return () => void holder.exec("ROLLBACK");
  },
  "the disk is full": ({ database }) => {
    const limit = Number(database.pragma("max_page_count", { simple: true }));
    database.pragma(`max_page_count = ${String(database.pragma("page_count", { simple: true }))}`);
    return () => void database.pragma(`max_page_count = ${limit}`);
  },
};

describe.each(Object.entries(obstacles))("while %s", (_, block) => {
  let storage: RunStorage;
  let study: Study;
  let connection: Connection;
  beforeEach(() => {
    openSqliteStorage(path).close();
    connection = new Connection(path);
    storage = runStorage(new SqliteStorage(connection));
    study = newStudy(storage);
  });

  const fill = "x".repeat(100_000);

  it("a trial goes on, reads what it has written, and is stored when it passes; it is said once each way", async () => {
    let end = () => {};
    const running = study.optimize(
      (trial) => {
        if (trial.number === 1) end = block(connection);
        const x = trial.suggestFloat("x", 0, 1);
        trial.setUserAttr("fill", fill);
        for (let step = 0; step < 5; step++) {
          trial.report(step, step);
          trial.shouldPrune();
        }
        if (trial.number === 1)
          expect(study.trials[1]).toMatchObject({ params: { x }, userAttrs: { fill }, state: "RUNNING" });
        return x;
      },
      { totalTrials: 4 },
    );
    await until("it is told", () => told.length > 0);
    expect(stored().map(({ state }) => state)).toEqual(["COMPLETE", "RUNNING"]);
    end();
    expect(await running).toBe("trials");
    expect(told).toEqual([
      expect.stringMatching(/^warn: .*studies\.db.* The study waits\./),
      expect.stringMatching(/^info: .*studies\.db can be written again/),
    ]);
    const trials = stored();
    expect(trials.map(({ state }) => state)).toEqual(["COMPLETE", "COMPLETE", "COMPLETE", "COMPLETE"]);
    for (const { params, values, intermediateValues, userAttrs } of trials) {
      expect(values).toEqual([params["x"]]);
      expect(intermediateValues.size).toBe(5);
      expect(userAttrs).toEqual({ fill });
    }
  });

  it("a stop gives up, and says what was not stored", async () => {
    const user = new AbortController();
    const running = study.optimize(
      (trial) => {
        const x = trial.suggestFloat("x", 0, 1);
        block(connection);
        trial.setUserAttr("fill", fill);
        return x;
      },
      { totalTrials: 4, signal: user.signal },
    );
    const ended = expect(running).rejects.toThrow(
      /^The run stopped before it could store trial 0 \((COMPLETE with 0\.\d+|FAIL); {"x":0\.\d+}\)\. .*studies\.db/,
    );
    await until("it is told", () => told.length > 0);
    user.abort();
    await ended;
  });
});

it("copies a study to the letter, as follow-up studies are made", () => {
  const storage = runStorage();
  const { id } = newStudy(storage);
  openRaw().exec(
    `INSERT INTO study_user_attributes (study_id, "key", value_json) VALUES (${id}, 'big', '[9007199254740993]')`,
  );
  copyStudy({ name: "s", from: storage, to: storage, newName: "copy" });
  const json = openRaw().prepare("SELECT value_json FROM study_user_attributes").pluck().all();
  expect(json).toEqual(["[9007199254740993]", "[9007199254740993]"]);
});

it("does not wait for what does not pass: the run ends with it", async () => {
  const study = newStudy(runStorage());
  openRaw().exec("CREATE TRIGGER no BEFORE UPDATE ON trials BEGIN SELECT RAISE(ABORT, 'no'); END");
  const running = study.optimize((trial) => trial.suggestFloat("x", 0, 1), { totalTrials: 2 });
  await expect(running).rejects.toMatchObject({ code: "storage-unusable" });
  expect(told).toEqual([]);
});

describe("when its file goes away while a trial runs", () => {
  const others = (): string[] => readdirSync(folder).filter((name) => /recovered.*\.db$/.test(name));

  it.each([
    ["is deleted", () => rmSync(path), /studies\.db was deleted or moved/],
    ["is moved", () => renameSync(path, `${path}.old`), /studies\.db was deleted or moved/],
    [
      "is replaced",
      () => {
        rmSync(path);
        openSqliteStorage(path).close();
      },
      /studies\.db was replaced by another file/,
    ],
  ])("%s: it is said at the next write, all trials are saved beside it, and the run ends", async (_, lose, message) => {
    const study = newStudy(runStorage());
    let toldAt = -1;
    const running = study.optimize(
      (trial) => {
        if (trial.number === 2) lose();
        const x = trial.suggestFloat("x", 0, 1);
        toldAt = told.length;
        trial.report(x, 0);
        return x;
      },
      { totalTrials: 5 },
    );
    await expect(running).rejects.toMatchObject({ code: "storage-replaced", message: expect.stringMatching(message) });
    expect(toldAt).toBe(1);
    expect(told).toEqual([expect.stringMatching(message)]);
    const [saved] = others();
    expect(others()).toEqual([saved]);
    expect(told[0]).toContain(join(folder, saved!));
    const trials = stored(join(folder, saved!));
    expect(trials.map(({ state }) => state)).toEqual(["COMPLETE", "COMPLETE", "COMPLETE"]);
    expect(trials.map(({ values }) => values)).toEqual(trials.map(({ params }) => [params["x"]]));
  });

  it("also after the last write: it is saved when the storage is closed", async () => {
    const storage = runStorage();
    await newStudy(storage).optimize((trial) => trial.suggestFloat("x", 0, 1), { totalTrials: 2 });
    rmSync(path);
    storage.close();
    expect(told).toEqual([expect.stringMatching(/studies\.db was deleted or moved/)]);
    expect(stored(join(folder, others()[0]!)).map(({ state }) => state)).toEqual(["COMPLETE", "COMPLETE"]);
  });

  it("several processes save it once, and all their trials are there", () => {
    const storages = [runStorage(), runStorage()];
    const study = newStudy(storages[0]!);
    const trials = storages.map((storage) => storage.createTrial(study.id).id);
    rmSync(path);
    storages.forEach((storage, i) => storage.setTrialState(trials[i]!, "COMPLETE", [i]));
    expect(others()).toHaveLength(1);
    expect(stored(join(folder, others()[0]!)).map(({ values }) => values)).toEqual([[0], [1]]);
    for (const storage of storages)
      expect(() => storage.startTrial(study.id, 9)).toThrow(/studies\.db was deleted or moved/);
  });

  it("its folder goes with it: the folder is made again", () => {
    path = join(folder, "deep", "studies.db");
    const storage = runStorage();
    const { id } = storage.createTrial(newStudy(storage).id);
    rmSync(join(folder, "deep"), { recursive: true });
    storage.setTrialState(id, "COMPLETE", [1]);
    const [saved] = readdirSync(join(folder, "deep")).filter((name) => name.endsWith(".db"));
    expect(stored(join(folder, "deep", saved!))).toMatchObject([{ state: "COMPLETE", values: [1] }]);
  });
});
