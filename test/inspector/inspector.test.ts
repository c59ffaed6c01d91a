import { copyFileSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { intDistribution } from "../../src/engine/distribution.js";
import { ChartThreads } from "../../src/inspector/chart-threads.js";
import { type ChartAnswer, type ChartedStudy, ChartWork } from "../../src/inspector/chart-work.js";
import { Inspector } from "../../src/inspector/inspector.js";
import { SlowCharts } from "../../src/inspector/slow-charts.js";
import type { ImportanceEvaluatorName } from "../../src/protocol/charts.js";
import { openStorage } from "../../src/storage/open.js";
import { storeTrials } from "./store-trials.js";
import { temporaryFolder } from "../temporary-folder.js";

const older = new URL("../fixtures/optuna/older/v2.6.0.a.db", import.meta.url).pathname;
const variety = new URL("../fixtures/optuna/variety.db", import.meta.url).pathname;

/** The threads of slow charts are tested with the process. */
function inThisThread(study: ChartedStudy) {
  const work = new ChartWork(study);
  return { make: work.make.bind(work), cancel: () => work.cancel(), end: () => work.close(), ended: never };
}

const never = new Promise<never>(() => {});

let folder: string;
let inspector: Inspector;
let changes: string[];

beforeEach(async () => {
  folder = temporaryFolder();
  changes = [];
  inspector = new Inspector(
    { storageChanged: (storage) => changes.push(storage), reading() {} },
    () => {},
    new SlowCharts(new ChartThreads(inThisThread)),
  );
  await inspector.initialize({ protocol: 1, cwd: folder });
});

afterEach(() => {
  vi.useRealTimers();
  inspector.close();
  rmSync(folder, { recursive: true, force: true });
});

const changed = (count: number) => expect.poll(() => changes.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(count);

describe("an Optuna database", () => {
  const url = "sqlite:///variety.db";
  const importance = (study: string, evaluator: ImportanceEvaluatorName) =>
    inspector.getChart(url, study, { chart: "importance", evaluator });
  let before: { bytes: Buffer; mtimeMs: number };

  beforeEach(() => {
    copyFileSync(variety, join(folder, "variety.db"));
    before = { bytes: readFileSync(join(folder, "variety.db")), mtimeMs: statSync(join(folder, "variety.db")).mtimeMs };
  });

  it("lists every study with its counts, and leaves the file untouched", async () => {
    const studies = await inspector.listStudies(url);
    expect(studies.map(({ name }) => name)).toEqual([
      "all-distributions",
      "multi-objective",
      "constrained",
      "hyperband-study",
      "conditional/группа",
      "grid",
      "nsga2",
      "legacy-distributions",
      "empty-study",
    ]);
    expect(studies[0]!.counts).toEqual({ COMPLETE: 18, FAIL: 4, PRUNED: 5, RUNNING: 1, WAITING: 2 });
    expect(studies[0]!.finished).toBe(27);
    expect(studies[1]).toMatchObject({ best: null, source: null });
    expect(studies[1]!.directions).toHaveLength(2);
    expect(studies[8]).toMatchObject({ startedAt: null, changedAt: null, params: [], best: null });
    inspector.close();
    expect(readFileSync(join(folder, "variety.db")).equals(before.bytes)).toBe(true);
    expect(statSync(join(folder, "variety.db")).mtimeMs).toBe(before.mtimeMs);
  });

  it("gives JSON and nothing but JSON", async () => {
    for (const { name } of await inspector.listStudies(url)) {
      const page = await inspector.listTrials(url, name, { offset: 0, limit: 1_000 });
      const details = await Promise.all(page.rows.map(({ number }) => inspector.getTrial(url, name, number)));
      const all = [
        page,
        details,
        await inspector.getStudy(url, name),
        await inspector.getChart(url, name, { chart: "history" }),
        await inspector.getChart(url, name, { chart: "curves" }),
      ];
      expect(JSON.parse(JSON.stringify(all))).toEqual(all);
    }
  });

  it("names the best trials Optuna names", async () => {
    const { studies } = JSON.parse(readFileSync(variety.replace(/db$/, "json"), "utf8")) as {
      studies: { study_name: string; directions: string[]; best_trial_number: number | null }[];
    };
    for (const { study_name, directions, best_trial_number } of studies) {
      const { best } = await inspector.getStudy(url, study_name);
      expect(best?.number ?? null, study_name).toBe(directions.length === 1 ? best_trial_number : null);
    }
  });

  it("pages: offset, limit and total, beyond the end nothing", async () => {
    const page = (offset: number, limit: number) => inspector.listTrials(url, "hyperband-study", { offset, limit });
    expect((await page(10, 5)).rows.map(({ number }) => number)).toEqual([10, 11, 12, 13, 14]);
    expect(await page(28, 100)).toMatchObject({ total: 30, offset: 28, rows: [{ number: 28 }, { number: 29 }] });
    expect((await page(99, 5)).rows).toEqual([]);
    expect((await page(0, 1e9)).rows).toHaveLength(30);
  });

  it("computes both importances of a study with one objective, and none without trials", async () => {
    for (const evaluator of ["ped-anova", "fanova"] as const) {
      const { importances, trials } = await importance("hyperband-study", evaluator);
      expect(trials).toBe(13);
      expect(importances.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1);
      expect(await importance("empty-study", evaluator)).toEqual({
        evaluator,
        trials: 0,
        importances: [],
      });
    }
  });

  it("computes what it takes to reach the front of several objectives; fANOVA is about one", async () => {
    const { importances } = await importance("multi-objective", "ped-anova");
    const optunas = { x: 0.6786870244670276, y: 0.3213129755329725 };
    expect(importances.map(({ name }) => name)).toEqual(Object.keys(optunas));
    for (const { name, importance } of importances)
      expect(importance).toBeCloseTo(optunas[name as keyof typeof optunas], 9);
    await expect(importance("multi-objective", "fanova")).rejects.toThrow(/objective/);
  });

  it("compares studies of the storage, each with its own trials, also when they are filtered", async () => {
    const compared = (filter?: string) =>
      inspector.getChart(url, "grid", { chart: "studies", studies: ["hyperband-study"], ...(filter && { filter }) });
    const trials = async (filter?: string) =>
      (await compared(filter)).lines.map(({ name, trials: count }) => [name, count]);
    expect(await trials()).toEqual([
      ["grid", 6],
      ["hyperband-study", 30],
    ]);
    expect(await trials("state = pruned")).toEqual([
      ["grid", 0],
      ["hyperband-study", 17],
    ]);
    const { comparable } = await compared();
    expect(comparable.map(({ name }) => name)).not.toContain("multi-objective");
  });

  it("compares with no trials of a study that does not have what the filter names", async () => {
    const { lines } = await inspector.getChart(url, "all-distributions", {
      chart: "studies",
      studies: ["grid"],
      filter: "f_log exists",
    });
    expect(lines.map(({ name, trials }) => [name, trials > 0])).toEqual([
      ["all-distributions", true],
      ["grid", false],
    ]);
  });

  it("refuses an unknown study and an unknown trial by name", async () => {
    await expect(inspector.getStudy(url, "nope")).rejects.toMatchObject({ code: "study-not-found" });
    await expect(inspector.getTrial(url, "grid", 600)).rejects.toMatchObject({ code: "trial-not-found" });
  });
});

describe("a large study", () => {
  it("is answered from before it is read in full, and the same after", async () => {
    storeTrials(join(folder, "many.db"), 6_000);
    const answers: string[] = [];
    const told = async <T>(what: string, answer: Promise<T>): Promise<T> => {
      const given = await answer;
      answers.push(what);
      return given;
    };
    const page = { offset: 5_990, limit: 100, sort: [{ column: "value", descending: true }] } as const;
    const ask = () =>
      Promise.all([
        told("rows in full", inspector.listTrials("many.db", "many", { ...page, filter: "a < 0.5" })),
        told("early", inspector.getChart("many.db", "many", { chart: "curves" })),
        told("early", inspector.listStudies("many.db")),
        told("early", inspector.getStudy("many.db", "many")),
        told("early", inspector.listTrials("many.db", "many", page)),
        told("early", inspector.getTrial("many.db", "many", 5_999)),
        told("early", inspector.getChart("many.db", "many", { chart: "history" })),
      ]);
    const first = await ask();
    expect(answers).toEqual([...Array.from({ length: 6 }, () => "early"), "rows in full"]);
    expect(await ask()).toEqual(first);
    expect(first[3]).toMatchObject({ counts: { COMPLETE: 6_000 }, params: [{ name: "a" }, {}, {}, {}] });
    expect(first[4].rows[0]!.params).toHaveProperty("d");
  });

  it("computes no chart that was canceled while it was read", async () => {
    storeTrials(join(folder, "many.db"), 6_000);
    const request = { chart: "importance" } as const;
    const chart = inspector.getChart("many.db", "many", request);
    await inspector.cancelChart("many.db", "many", request);
    await expect(chart).rejects.toMatchObject({ code: "chart-canceled" });
    expect(await inspector.getChart("many.db", "many", request)).toMatchObject({ trials: 6_000 });
  });

  it("is followed while it runs, also before it is read in full", async () => {
    storeTrials(join(folder, "many.db"), 6_000);
    expect(await inspector.getStudy("many.db", "many")).toMatchObject({ counts: { RUNNING: 0, COMPLETE: 6_000 } });
    const storage = openStorage("many.db", { cwd: folder });
    const { id } = storage.createTrial(1);
    expect(await inspector.getStudy("many.db", "many")).toMatchObject({ counts: { RUNNING: 1, COMPLETE: 6_000 } });
    storage.setTrialParam(id, "units", 4, intDistribution(1, 8));
    storage.setTrialState(id, "COMPLETE", [-1]);
    storage.close();
    expect(await inspector.getStudy("many.db", "many")).toMatchObject({
      counts: { RUNNING: 0, COMPLETE: 6_001 },
      best: { number: 6_000, value: -1, params: { units: 4 } },
      params: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }, { name: "units" }],
    });
  });
});

describe("a slow chart", () => {
  it("is a reason to show signs of life, until it is made", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    storeTrials(join(folder, "many.db"), 201);
    const signs: (string | null)[] = [];
    let finish: (answer: ChartAnswer) => void = () => {};
    const answer = new Promise<ChartAnswer>((resolve) => (finish = resolve));
    const events = { storageChanged() {}, reading: (storage: string | null) => signs.push(storage) };
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const make = () => {
      begin();
      return { answer, cancel() {} };
    };
    const other = new Inspector(events, () => {}, new SlowCharts({ make, close() {} }));
    await other.initialize({ protocol: 1, cwd: folder });
    const chart = other.getChart("many.db", "many", { chart: "importance", evaluator: "mdi" });
    await begun;
    expect(signs).toContain("many.db");
    signs.splice(0);
    vi.advanceTimersByTime(3_000);
    expect(signs).toEqual([null, null, null]);
    finish({ data: { evaluator: "mdi", trials: 0, importances: [] } });
    await chart;
    vi.advanceTimersByTime(60_000);
    expect(signs).toHaveLength(3);
    other.close();
  });
});

describe("a storage that changes", () => {
  const url = "sqlite:///studies.db";
  const write = () => openStorage(url, { cwd: folder });

  function addTrial(storage: ReturnType<typeof write>, value: number): void {
    const { id } = storage.createTrial(storage.findStudy("s")!);
    storage.setTrialParam(id, "units", 4, intDistribution(1, 8));
    storage.setTrialIntermediateValue(id, 0, value);
    storage.setTrialState(id, "COMPLETE", [value]);
  }

  it("has no studies while there is no file, and tells when it comes, changes, and goes", async () => {
    expect(await inspector.listStudies(url)).toEqual([]);
    await expect(inspector.getStudy(url, "s")).rejects.toMatchObject({ code: "study-not-found" });
    await inspector.watch(url);
    const writer = write();
    writer.createStudy("s", ["minimize"]);
    await changed(1);
    expect(await inspector.listStudies(url)).toMatchObject([{ name: "s", counts: { COMPLETE: 0 } }]);
    const seen = changes.length;
    addTrial(writer, 1);
    await changed(seen + 1);
    const asked = { offset: 0, limit: 10, sort: [{ column: "value", descending: true }] } as const;
    expect((await inspector.listTrials(url, "s", asked)).rows).toMatchObject([
      { number: 0, values: [1], params: { units: 4 }, lastStep: 0, lastValue: 1 },
    ]);
    addTrial(writer, 2);
    expect((await inspector.listTrials(url, "s", asked)).rows.map(({ number }) => number)).toEqual([1, 0]);
    writer.close();
    const before = changes.length;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(join(folder, `studies.db${suffix}`), { force: true });
    await changed(before + 1);
    expect(await inspector.listStudies(url)).toEqual([]);
    const second = write();
    second.createStudy("other", ["maximize"]);
    expect((await inspector.listStudies(url)).map(({ name }) => name)).toEqual(["other"]);
    second.close();
  });

  it("is followed also where an older Optuna writes it, which is read through a copy", async () => {
    const path = join(folder, "studies.db");
    copyFileSync(older, path);
    await inspector.watch(url);
    expect(await inspector.listStudies(url)).toMatchObject([
      { name: "older ✓", olderLibrary: "2.10.1" },
      { name: "second", olderLibrary: "2.10.1" },
    ]);
    const { output } = await inspector.migrateCopy(url);
    expect(output).toBe(join(folder, "studies.optuna5.db"));
    expect(await inspector.getStudy(output, "second")).toMatchObject({ olderLibrary: null, counts: { COMPLETE: 1 } });
    const database = new Database(path);
    database.exec("INSERT INTO trials (number, study_id, state) VALUES (1, 2, 'WAITING')");
    database.close();
    await changed(1);
    expect((await inspector.getStudy(url, "second")).counts).toMatchObject({ COMPLETE: 1, WAITING: 1 });
  });

  it("folds a burst of writes into few events", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const writer = write();
    writer.createStudy("s", ["minimize"]);
    await inspector.watch(url);
    for (let second = 1; second <= 3; second++) {
      for (let i = 0; i < 100; i++) {
        addTrial(writer, 1);
        vi.advanceTimersByTime(10);
      }
      expect(changes.length).toBeGreaterThanOrEqual(second);
      expect(changes.length).toBeLessThanOrEqual(4 * second);
    }
    await inspector.unwatch(url);
    const seen = changes.length;
    addTrial(writer, 2);
    vi.advanceTimersByTime(10_000);
    expect(changes).toHaveLength(seen);
    writer.close();
  });

  it("holds no lock that makes a writer wait", async () => {
    const writer = write();
    writer.createStudy("s", ["minimize"]);
    addTrial(writer, 1);
    await inspector.getStudy(url, "s");
    await inspector.watch(url);
    const impatient = new Database(join(folder, "studies.db"), { timeout: 0 });
    for (let i = 0; i < 3; i++) {
      impatient.exec("BEGIN EXCLUSIVE; COMMIT");
      addTrial(writer, 2);
      await changed(i + 1);
    }
    impatient.close();
    writer.close();
  });

  it("says what is wrong with a file that is no database", async () => {
    copyFileSync(new URL(import.meta.url).pathname, join(folder, "studies.db"));
    await expect(inspector.listStudies(url)).rejects.toMatchObject({ code: "not-a-database" });
    await inspector.watch(url);
    rmSync(join(folder, "studies.db"));
    await changed(1);
    expect(await inspector.listStudies(url)).toEqual([]);
  });
});

/** Of this process, in milliseconds: what else the machine is busy with does not count. */
function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

describe("10,000 trials", () => {
  it("pages in any order within a frame or two once read", async () => {
    const url = "sqlite:///many.db";
    const storage = openStorage(url, { cwd: folder });
    const study = storage.createStudy("many", ["minimize"]);
    const when = new Date();
    for (let i = 0; i < 10_000; i++)
      storage.createTrial(study, {
        state: "COMPLETE",
        values: [Math.sin(i)],
        internalParams: { units: (i % 8) + 1 },
        distributions: { units: intDistribution(1, 8) },
        intermediateValues: new Map(),
        userAttrs: {},
        systemAttrs: {},
        datetimeStart: when,
        datetimeComplete: when,
      });
    storage.close();
    await inspector.listTrials(url, "many", { offset: 0, limit: 100 });
    const sort = [{ column: "value", descending: true }] as const;
    const first = process.cpuUsage();
    const page = await inspector.listTrials(url, "many", { offset: 0, limit: 100, sort });
    const sorting = cpuMsSince(first);
    const second = process.cpuUsage();
    await inspector.listTrials(url, "many", { offset: 9_900, limit: 100, sort });
    expect(page.total).toBe(10_000);
    expect(sorting).toBeLessThan(1_000);
    expect(cpuMsSince(second)).toBeLessThan(50);
  });
});
