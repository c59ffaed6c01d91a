import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import { SeededRng } from "../../src/engine/math/rng.js";
import { retryHistory } from "../../src/engine/trial/retry.js";
import { random as randomSampler } from "../../src/engine/samplers/random.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { loadStudy } from "../../src/engine/study/load-study.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { start } from "./children/start.js";
import { bundled } from "../bundled.js";
import { temporaryFolder } from "../temporary-folder.js";

const worker = bundled(fileURLToPath(new URL("children/worker.ts", import.meta.url)));

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The task in several processes that begin at the same moment. */
async function inParallel(processes: number, task: string, count: number): Promise<number[][]> {
  const args = [worker, path, task, String(count)];
  const children = await Promise.all(Array.from({ length: processes }, () => start(process.execPath, args)));
  return (await Promise.all(children.map((child) => child.run()))) as number[][];
}

const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Numbers without gaps, and of every trial that is told all that was told. */
function expectWhole(trials: readonly TrialSnapshot[]): void {
  const database = new Database(path, { readonly: true });
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(database.pragma("foreign_key_check")).toEqual([]);
  database.close();
  expect(trials.map(({ number }) => number)).toEqual(range(trials.length));
  for (const { state, values, params, intermediateValues, datetimeComplete } of trials) {
    if (state !== "COMPLETE") continue;
    expect(values).toEqual([params["x"]]);
    expect(datetimeComplete).not.toBeNull();
    if (intermediateValues.size > 0) expect(intermediateValues.get(0)).toBe(params["x"]);
  }
}

/** As if the processes had been killed long ago. */
function makeHeartsStop(): void {
  const database = new Database(path);
  database.exec("UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00'");
  database.close();
}

describe("several processes at once", () => {
  it("number their trials without doubles or gaps, and lose nothing", async () => {
    const storage = openSqliteStorage(path);
    const study = storage.createStudy("shared", ["minimize"]);
    const numbers = await inParallel(4, "create", 60);
    expect(ascending(numbers.flat())).toEqual(range(240));
    const trials = storage.getTrials(study);
    expect(trials.map(({ number }) => number)).toEqual(range(240));
    for (const mine of numbers)
      mine.forEach((number, i) =>
        expect(trials[number]).toMatchObject({
          state: "COMPLETE",
          values: [i],
          params: { x: i / 60, c: i % 2 ? "b" : "a" },
          intermediateValues: new Map([[0, i]]),
        }),
      );
    storage.close();
    expect(readdirSync(folder)).toEqual(["studies.db"]);
  });

  it("claim each waiting trial once", async () => {
    const storage = openSqliteStorage(path);
    const study = storage.createStudy("shared", ["minimize"]);
    const waiting = range(120).map(
      () =>
        storage.createTrial(study, {
          state: "WAITING",
          values: null,
          internalParams: {},
          distributions: {},
          intermediateValues: new Map(),
          userAttrs: {},
          systemAttrs: {},
          datetimeStart: null,
          datetimeComplete: null,
        }).id,
    );
    const claimed = await inParallel(4, "claim", 0);
    expect(ascending(claimed.flat())).toEqual(waiting);
    expect(storage.getTrials(study, ["COMPLETE"])).toHaveLength(120);
    storage.close();
  });

  it("are killed while they copy a study: each copy is there whole or not at all", async () => {
    const storage = openSqliteStorage(path);
    const study = createStudy({ storage, name: "shared", sampler: randomSampler() });
    await study.optimize((trial) => trial.suggestFloat("x", 0, 1), { trials: 200 });
    const args = [worker, path, "copy", "1000000"];
    for (let round = 0; round < 4; round++) {
      const child = await start(process.execPath, args);
      await child.killAfter(300 + 100 * round);
    }
    const copies = storage.getStudies().filter(({ name }) => name !== "shared");
    expect(copies.length).toBeGreaterThan(0);
    for (const { id } of copies) expect(storage.getTrials(id)).toHaveLength(200);
    storage.close();
  });

  it("are killed at any moment: what was told is there, the file is whole, and what ran is tried again", async () => {
    const storage = openSqliteStorage(path);
    const study = createStudy({ storage, name: "shared", retryStale: {} });
    for (let i = 0; i < 30; i++) study.enqueueTrial({ x: i / 32 });
    const args = [worker, path, "optimize", "1000000"];
    const random = new SeededRng(Date.now());
    for (let round = 0; round < 4; round++) {
      const children = await Promise.all([1, 2].map(() => start(process.execPath, args)));
      await Promise.all(children.map((child) => child.killAfter(50 + 400 * random.next())));
      expectWhole(study.trials);
    }
    storage.close();
    makeHeartsStop();

    const again = openSqliteStorage(path);
    const resumed = loadStudy({ storage: again, name: "shared", sampler: randomSampler(), retryStale: {} });
    const left = resumed.getTrials(["RUNNING"]);
    const before = resumed.trials.length;
    await resumed.optimize(() => 1, { trials: 0 });
    const retries = resumed.trials.slice(before);
    expect(retries.map(retryHistory)).toEqual(left.map(({ number }) => [number]));
    expect(retries.map(({ params }) => params)).toEqual(left.map(({ params }) => params));
    await resumed.optimize((trial) => trial.suggestFloat("x", 0, 1), { trials: 40 });
    const trials = resumed.trials;
    expectWhole(trials);
    expect(trials.filter(({ state }) => state === "RUNNING" || state === "WAITING")).toEqual([]);
    // Each queued value was tried: where it was queued, or by the retry of that.
    const tried = new Set(trials.filter(({ state }) => state === "COMPLETE").map(({ params }) => params["x"]));
    for (let i = 0; i < 30; i++) expect(tried).toContain(i / 32);
    again.close();
  });

  it("start no more trials than the limit allows", async () => {
    const storage = openSqliteStorage(path);
    const study = storage.createStudy("shared", ["minimize"]);
    const started = await inParallel(4, "start", 101);
    expect(ascending(started.flat())).toEqual(storage.getTrials(study).map(({ id }) => id));
    expect(storage.getTrials(study, ["COMPLETE"])).toHaveLength(101);
    storage.close();
  });

  it("create one file together, and each study once", async () => {
    const created = await inParallel(4, "study", 20);
    expect(ascending(created.flat())).toEqual(range(20).map((i) => i + 1));
    const storage = openSqliteStorage(path, { readOnly: true });
    expect(
      storage
        .getStudies()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      range(20)
        .map((i) => `study ${i}`)
        .sort(),
    );
    storage.close();
  });
});
