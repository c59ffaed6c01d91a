import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { start } from "./children/start.js";

const WORKER = fileURLToPath(new URL("children/worker.ts", import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tunelens-"));
  path = join(folder, "studies.db");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The task in several processes that begin at the same moment. */
async function inParallel(processes: number, task: string, count: number): Promise<number[][]> {
  const args = ["--import", "tsx", WORKER, path, task, String(count)];
  const children = await Promise.all(Array.from({ length: processes }, () => start(process.execPath, args)));
  return (await Promise.all(children.map((child) => child.run()))) as number[][];
}

const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

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
