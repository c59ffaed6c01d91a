import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChartWork } from "../../src/inspector/chart-work.js";
import { openStorage } from "../../src/storage/open.js";
import { TrialReader } from "../../src/storage/sqlite/trial-reader.js";
import { temporaryFolder } from "../temporary-folder.js";
import { storeTrials } from "./store-trials.js";

const TRIALS = 1_200;

let path: string;
let work: ChartWork;
/** How many trials were read in full, and the number of heads. */
let [inFull, heads] = [0, 0];
let whileReading = () => {};

beforeEach(() => {
  path = join(temporaryFolder(), "many.db");
  [inFull, heads] = [0, 0];
  whileReading = () => {};
  const { read, readHeads } = TrialReader.prototype;
  vi.spyOn(TrialReader.prototype, "read").mockImplementation(function (this: TrialReader, ids, name) {
    inFull += ids.length;
    whileReading();
    return read.call(this, ids, name);
  });
  vi.spyOn(TrialReader.prototype, "readHeads").mockImplementation(function (this: TrialReader, ids, name) {
    heads += ids.length;
    return readHeads.call(this, ids, name);
  });
  work = new ChartWork({ storage: "sqlite:///many.db", path, study: "many" });
});
afterEach(() => {
  vi.restoreAllMocks();
  work.close();
  rmSync(join(path, ".."), { recursive: true, force: true });
});

function addTrial(): void {
  const storage = openStorage(path);
  const { id } = storage.createTrial(storage.findStudy("many")!);
  storage.setTrialState(id, "COMPLETE", [0.25]);
  storage.close();
}

describe("charts of a study", () => {
  it("read it once, and then only what is new", async () => {
    storeTrials(path, TRIALS);
    const reads: number[] = [];
    for (const chart of ["slice", "rank", "pareto-front"] as const) {
      const answer = await work.make({ chart }, () => reads.push(inFull));
      expect(answer).toHaveProperty("data");
    }
    expect([reads, heads]).toEqual([[TRIALS, TRIALS, TRIALS], 0]);
    addTrial();
    expect(await work.make({ chart: "rank" }, () => {})).toMatchObject({ data: { total: TRIALS + 1 } });
    expect(inFull).toBe(TRIALS + 1);
  });

  it("whose makers need heads only read nothing else of a study with many trials", async () => {
    storeTrials(path, 5_001);
    const edf = await work.make({ chart: "edf" }, () => {});
    expect(edf).toMatchObject({ data: { lines: [{ study: "many", trials: 5_001 }] } });
    expect([inFull, heads]).toEqual([0, 5_001]);
  });

  it("with a filter by parameters are computed once all of the study is read", async () => {
    storeTrials(path, 5_001);
    const reads: number[] = [];
    await work.make({ chart: "edf", filter: "a exists" }, () => reads.push(inFull));
    expect(reads).toEqual([5_001]);
  });

  it("that are canceled while it is read leave what was read for the next", async () => {
    storeTrials(path, TRIALS);
    const [onRead, chart] = [vi.fn(), { chart: "slice" } as const];
    whileReading = () => work.cancel();
    expect(await work.make(chart, onRead)).toMatchObject({ error: { code: "chart-canceled" } });
    whileReading = () => {};
    expect(inFull).toBeLessThan(TRIALS);
    expect(onRead).not.toHaveBeenCalled();
    expect(await work.make(chart, onRead)).toMatchObject({ data: { total: TRIALS } });
    expect([inFull, onRead.mock.calls]).toEqual([TRIALS, [[]]]);
  });

  it("say why there are none, and are made once there is something", async () => {
    expect(await work.make({ chart: "slice" }, () => {})).toMatchObject({ error: { code: "study-not-found" } });
    storeTrials(path, 10);
    expect(await work.make({ chart: "slice" }, () => {})).toMatchObject({ data: { total: 10 } });
  });
});
