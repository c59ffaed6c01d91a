import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution } from "../../src/engine/distribution.js";
import { continuationOf } from "../../src/engine/trial/retry.js";
import type { Json } from "../../src/engine/trial/trial-snapshot.js";
import { categorical, float } from "../../src/engine/space.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { loadStudy } from "../../src/engine/study/load-study.js";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { findPython } from "./children/find-python.js";
import { start } from "./children/start.js";
import { writeOddities } from "./oddities.js";
import { asPythonTells, fromPython, RandomTrials } from "./random-trials.js";
import { bundled } from "../bundled.js";
import { temporaryFolder } from "../temporary-folder.js";

const READER = fileURLToPath(new URL("children/optuna_reader.py", import.meta.url));
const worker = bundled(fileURLToPath(new URL("children/worker.ts", import.meta.url)));

const found = findPython();
const python = found ?? "";

let folder: string;
let path: string;
let storage: SqliteStorage;
let study: number;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
  storage = openSqliteStorage(path);
  study = storage.createStudy("shared ✓", ["minimize"]);
});
afterEach(() => {
  storage.close();
  rmSync(folder, { recursive: true, force: true });
});

const choice = categoricalDistribution(["a", "b"]);
const real = floatDistribution(0, 1);
const named = (text: string): { $float: string } => ({ $float: text });

async function runPython(task: string, trials = 0): Promise<unknown> {
  return (await start(python, [READER, task, path, String(trials)])).run();
}

describe.skipIf(!found)("Python's Optuna", () => {
  it("takes neither a trial that was interrupted nor the one that continues it, and reads whose retry that is", async () => {
    const checkpoint = { name: "0/4", step: 4, seed: 7 };
    const interrupted = storage.createTrial(study, {
      state: "FAIL",
      values: null,
      internalParams: { x: 0.5 },
      distributions: { x: real },
      intermediateValues: new Map([3, 4, 5].map((step) => [step, step / 10])),
      userAttrs: {},
      systemAttrs: { "tunelens:checkpoint": checkpoint, fail_reason: "stopped" },
      datetimeStart: new Date(),
      datetimeComplete: new Date(),
    });
    expect(await runPython("work", 1)).toEqual([1]);
    const retry = continuationOf(storage.getTrial(interrupted.id), checkpoint);
    storage.startTrial(study, Infinity, { retry });
    expect(await runPython("work", 1)).toEqual([3]);
    const { trials } = (await runPython("list")) as { trials: readonly object[] };
    expect(trials).toMatchObject([
      { number: 0, state: "FAIL" },
      { number: 1, state: "COMPLETE" },
      {
        number: 2,
        state: "RUNNING",
        params: { x: named("0.5") },
        intermediate_values: { 3: named("0.3"), 4: named("0.4") },
        system_attrs: { failed_trial: 0, retry_history: [0] },
      },
      { number: 3, state: "COMPLETE" },
    ]);
  });

  it("reads everything we write", async () => {
    writeOddities(storage, study);
    const ours = storage.getTrials(study);
    const { trials, ...listed } = (await runPython("list")) as { trials: Record<string, unknown>[] };
    expect(listed).toEqual({
      user_attrs: { note: { ключ: [1, named("2.5")] } },
      system_attrs: { "study:metric_names": ["loss"], "tunelens:identity": expect.any(String) },
      directions: ["MINIMIZE"],
      best: 1,
    });
    expect(trials.map(({ number, state, values }) => [number, state, values])).toEqual([
      [0, "COMPLETE", [named("1.7976931348623157e+308")]],
      [1, "COMPLETE", [named("-inf")]],
      [2, "PRUNED", [named("0.0")]],
      [3, "FAIL", null],
      [4, "RUNNING", null],
    ]);
    trials.forEach(({ start: began, complete }, i) => {
      expect(began).toBeCloseTo(ours[i]!.datetimeStart!.getTime() / 1000, 3);
      if (complete !== null) expect(complete).toBeCloseTo(ours[i]!.datetimeComplete!.getTime() / 1000, 3);
    });
    expect(trials[0]).toMatchObject({
      params: {
        x: named("1.0"),
        c: "b",
        log: named("1e-07"),
        step: named("0.30000000000000004"),
        int: 90,
        intLog: 399,
        "mixed ✓": null,
      },
      distributions: {
        x: { name: "FloatDistribution", low: named("0.0"), high: named("1.0"), log: false, step: null },
        c: { name: "CategoricalDistribution", choices: ["a", "b"] },
        log: { name: "FloatDistribution", low: named("1e-07"), high: named("1e+22"), log: true, step: null },
        step: { name: "FloatDistribution", low: named("0.0"), high: named("1.0"), log: false, step: named("0.1") },
        int: { name: "IntDistribution", low: 0, high: 100, log: false, step: 10 },
        intLog: { name: "IntDistribution", low: 1, high: 1024, log: true, step: 1 },
        "mixed ✓": { name: "CategoricalDistribution", choices: ["ç", 1, named("2.5"), true, null] },
      },
      intermediate_values: { 0: named("nan"), 3: named("inf"), 7: named("-inf"), 1000000: named("5e-324") },
      user_attrs: { odd: [named("nan"), named("-inf"), named("-0.0"), 1, named("0.5"), '😀\u007f"', { é: null }] },
      system_attrs: { completed_rung_0: named("0.25") },
    });
    expect(Object.keys(trials[0]!["params"] as object)).toEqual(Object.keys(ours[0]!.params));
  });

  it("continues our study, and we read what it wrote", async () => {
    writeOddities(storage, study);
    const before = storage.getTrials(study);
    expect(await runPython("continue", 3)).toEqual([5, 6, 7]);
    const after = storage.getTrials(study);
    expect(after.slice(0, 5)).toEqual(before);
    for (const trial of after.slice(5)) {
      const x = Number(trial.params["x"]);
      expect(trial.state).toBe("COMPLETE");
      expect(trial.values).toEqual([x + Number(trial.params["c"] === "a")]);
      expect(trial.distributions).toEqual({ x: real, c: choice });
      expect(trial.intermediateValues).toEqual(
        new Map([
          [0, Infinity],
          [7, x],
        ]),
      );
      expect(trial.userAttrs).toEqual({ python: { nan: NaN, é: [true, null] } });
      expect(Math.abs(trial.datetimeStart!.getTime() - Date.now())).toBeLessThan(120_000);
    }
    expect(storage.createTrial(study).number).toBe(8);
  });

  it("reads the trials that a study with a changed space has learned, and continues with them", async () => {
    const old = createStudy({ name: "old", storage });
    [0.25, 0.5, 3].forEach((x) =>
      old.addTrial({ params: { x }, distributions: { x: floatDistribution(0.1, 4, { log: true }) }, value: x }),
    );
    storage.deleteStudy(study);
    const space = { x: float(0, 1), c: categorical(["a", "b"], { default: "b" }) };
    const { id } = createStudy({ name: "shared ✓", storage, space, learnFrom: ["old"] });
    expect(await runPython("continue", 12)).toHaveLength(12);
    const { trials } = (await runPython("list")) as { trials: object[] };
    expect(trials.slice(0, 2)).toMatchObject(
      ["0.25", "0.5"].map((x, trial) => ({
        ...{ number: trial, state: "COMPLETE", values: [named(x)], params: { x: named(x), c: "b" } },
        distributions: {
          x: { name: "FloatDistribution", low: named("0.0"), high: named("1.0"), log: false, step: null },
          c: { name: "CategoricalDistribution", choices: ["a", "b"] },
        },
        system_attrs: { "tunelens:learned-from": { study: "old", trial } },
      })),
    );
    expect(storage.getTrials(id)).toHaveLength(14);
  });

  it("reads from us whatever a trial can hold", async () => {
    const random = new RandomTrials(31);
    for (let i = 0; i < 300; i++) storage.createTrial(study, random.template(1));
    for (const [key, value] of Object.entries(random.attrs())) storage.setStudyUserAttr(study, key, value);
    const { trials } = (await runPython("list")) as { trials: Record<string, unknown>[] };
    expect(trials.map(fromPython)).toEqual(storage.getTrials(study).map(asPythonTells));
  });

  it("writes for us whatever a trial can hold", async () => {
    const listed = (await runPython("random", 100)) as { trials: Record<string, unknown>[]; user_attrs: Json };
    expect(storage.getTrials(study).map(asPythonTells)).toEqual(listed.trials.map(fromPython));
    expect(storage.getStudy(study).userAttrs).toEqual(fromPython({ attrs: listed.user_attrs })["attrs"]);
  });

  it("writes beside us: no number twice, none left out, nothing lost", async () => {
    const ours = start(process.execPath, [worker, path, "create", "150", "shared ✓"]);
    const theirs = start(python, [READER, "write", path, "15"]);
    const [mine, other] = await Promise.all([ours, theirs]);
    const [myNumbers, otherNumbers] = (await Promise.all([mine.run(), other.run()])) as [number[], number[]];
    expect(myNumbers).toHaveLength(150);
    expect(otherNumbers).toHaveLength(15);
    expect([...myNumbers, ...otherNumbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 165 }, (_, i) => i));
    const trials = storage.getTrials(study);
    expect(trials.map(({ number, state }) => [number, state])).toEqual(trials.map((_, i) => [i, "COMPLETE"]));
    myNumbers.forEach((number, i) => expect(trials[number]?.values).toEqual([i]));
    for (const number of otherNumbers) expect(Object.keys(trials[number]!.userAttrs)).toEqual(["python"]);
  });

  it("optimizes the same study at once, in several processes: nothing is lost, and we run no queued trial twice", async () => {
    const shared = loadStudy({ storage, name: "shared ✓" });
    for (let i = 0; i < 60; i++) shared.enqueueTrial({ x: i / 64 });
    const args = [worker, path, "optimize", "40", "shared ✓"];
    const ours = await Promise.all([1, 2, 3].map(() => start(process.execPath, args)));
    const theirs = await Promise.all([1, 2].map(() => start(python, [READER, "work", path, "20"])));
    const ran = (await Promise.all([...ours, ...theirs].map((child) => child.run()))) as number[][];
    const [mine, other] = [ran.slice(0, 3).flat(), ran.slice(3).flat()];
    expect([mine.length, other.length]).toEqual([120, 40]);

    expect(new Set(mine).size).toBe(mine.length);
    // Optuna's claim of a waiting trial is not atomic, so that it may run some that we or another Python run: those count twice.
    const everyone = new Set([...mine, ...other]);
    const trials = storage.getTrials(study);
    expect(trials.map(({ number }) => number)).toEqual(trials.map((_, i) => i));
    expect([...everyone].sort((a, b) => a - b)).toEqual(trials.map(({ number }) => number));
    expect(new Set(trials.map(({ state }) => state))).toEqual(new Set(["COMPLETE"]));
    trials.slice(0, 60).forEach(({ params, values }, i) => expect([params["x"], values]).toEqual([i / 64, [i / 64]]));
    for (const number of mine.filter((each) => !other.includes(each)))
      expect(Object.keys(trials[number]!.userAttrs)).toEqual(["ours"]);
  }, 300_000);
});
