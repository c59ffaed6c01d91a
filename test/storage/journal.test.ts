import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import { Inspector } from "../../src/inspector/inspector.js";
import { formatJournalUrl } from "../../src/protocol/storage-url.js";
import { JournalStorage } from "../../src/storage/journal.js";
import { openStorage } from "../../src/storage/open.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../temporary-folder.js";
import { until } from "../wait.js";
import { describeReading } from "./reading.js";
import { writeJournal } from "./write-journal.js";
import { findPython } from "./children/find-python.js";
import { start } from "./children/start.js";

const CHILD = fileURLToPath(new URL("children/optuna_journal.py", import.meta.url));
const FIXTURE = fileURLToPath(new URL("../fixtures/optuna/variety.db", import.meta.url));
const python = findPython();

let folder: string;
let journal: string;
beforeEach(() => {
  folder = temporaryFolder();
  journal = join(folder, "journal.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What all storages tell alike of every study: ids are their own, and Optuna copies without the order of what was set. */
function told(storage: Pick<JournalStorage, "getStudies" | "getStudy" | "getTrials">) {
  const trial = (snapshot: TrialSnapshot) => ({ ...snapshot, id: undefined });
  return storage.getStudies().map(({ id }) => {
    const { name, directions, userAttrs, systemAttrs } = storage.getStudy(id);
    return { name, directions, userAttrs, systemAttrs, trials: storage.getTrials(id).map(trial) };
  });
}

function toldBySqlite(path: string) {
  const storage = openSqliteStorage(path, { readOnly: true });
  try {
    return told(storage);
  } finally {
    storage.close();
  }
}

const CREATE = '{"op_code":0,"worker_id":"w","study_name":"s","directions":[1]}\n';
const TRIAL = '{"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-03-01T10:00:00.000000+00:00"}\n';
const report = (step: number) => `{"op_code":7,"worker_id":"w","trial_id":0,"step":${step},"intermediate_value":0.5}\n`;

for (const [kind, stepByStep] of [
  ["a journal of runs", true],
  ["a journal of copies", false],
] as const)
  describeReading(kind, (studies, body) => {
    writeJournal(journal, studies, stepByStep);
    body(new JournalStorage(journal));
  });

describe("a journal", () => {
  it("is read on from where it was, and a line that is being written is left for later", () => {
    writeFileSync(journal, CREATE);
    const storage = new JournalStorage(journal);
    expect(storage.getTrials(0)).toEqual([]);
    const before = storage.changeCounter();
    appendFileSync(journal, TRIAL.slice(0, 30));
    expect(storage.changeCounter()).toBe(before);
    expect(storage.getTrials(0)).toEqual([]);
    appendFileSync(journal, TRIAL.slice(30) + report(5) + report(2));
    expect(storage.changeCounter()).not.toBe(before);
    expect(storage.getTrials(0)[0]).toMatchObject({
      state: "RUNNING",
      datetimeStart: new Date("2026-03-01T10:00:00Z"),
      intermediateValues: new Map([
        [2, 0.5],
        [5, 0.5],
      ]),
    });
  });

  it("is read anew where another file took its place", () => {
    writeFileSync(journal, CREATE + TRIAL);
    const storage = new JournalStorage(journal);
    expect(storage.getTrials(0)).toHaveLength(1);
    truncateSync(journal);
    expect(storage.getStudies()).toEqual([]);
    appendFileSync(journal, CREATE);
    expect(storage.getTrials(0)).toEqual([]);
  });

  it("with a damaged line says which, each time, and counts nothing twice", () => {
    writeFileSync(journal, `${CREATE}${TRIAL}{"op_code":99}\n`);
    const damaged = expect.objectContaining({ code: "storage-corrupt", message: expect.stringContaining("line 3") });
    expect(() => new JournalStorage(journal)).toThrow(damaged);
    writeFileSync(journal, CREATE);
    const storage = new JournalStorage(journal);
    appendFileSync(journal, `${TRIAL}{"op_code":7}\n`);
    for (let i = 0; i < 2; i++) expect(() => storage.getStudies()).toThrow(damaged);
    writeFileSync(journal, `${CREATE}${TRIAL}${report(1)}`);
    expect(storage.getTrials(0)).toHaveLength(1);
  });

  it.each(["a log of something else\n", "[1]\n", '{"level":"info"}\n'])("is not %j", (content) => {
    writeFileSync(journal, content);
    expect(() => new JournalStorage(journal)).toThrow(expect.objectContaining({ code: "not-a-study-database" }));
  });

  it("is not written", () => {
    expect(() => openStorage(formatJournalUrl(journal))).toThrow(/only reads journals/);
  });
});

describe.skipIf(!python)("a journal that Python's Optuna wrote", { timeout: 120_000 }, () => {
  const run = async (task: string, sqlite: string, trials = 0) =>
    (await start(python!, [CHILD, task, journal, sqlite, String(trials)])).run();

  it("has what the SQLite file has that it was copied from", async () => {
    const copy = join(folder, "variety.db");
    copyFileSync(FIXTURE, copy);
    await run("copy", copy);
    expect(told(new JournalStorage(journal))).toEqual(toldBySqlite(copy));
  });

  it("has what Optuna reads of it, and is not changed by it", async () => {
    await run("run", "-", 12);
    const bytes = readFileSync(journal);
    const storage = new JournalStorage(journal);
    expect(storage.getTrials(0).map(({ state }) => state)).toEqual(
      expect.arrayContaining(["COMPLETE", "PRUNED", "FAIL", "RUNNING"]),
    );
    const sqlite = join(folder, "back.db");
    await run("back", sqlite);
    expect(told(storage)).toEqual(toldBySqlite(sqlite));
    expect(readFileSync(journal)).toEqual(bytes);
  });

  it("is followed by the inspector while Python writes it", async () => {
    let news = 0;
    const inspector = new Inspector({ reading: () => {}, storageChanged: () => void news++ }, () => {});
    const url = formatJournalUrl(journal);
    try {
      await run("run", "-", 3);
      await inspector.watch(url);
      const [first] = await inspector.listStudies(url);
      const writing = run("run", "-", 200);
      await until("news", () => news >= 2);
      await writing;
      const { counts, name } = await inspector.getStudy(url, "run");
      expect(name).toBe(first!.name);
      expect(counts.COMPLETE).toBeGreaterThan(100);
      expect((await inspector.getChart(url, "run", { chart: "history" })).points.length).toBeGreaterThan(100);
    } finally {
      inspector.close();
    }
  });
});
