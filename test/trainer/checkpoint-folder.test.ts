import { existsSync, mkdirSync, rmSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createStudy } from "../../src/engine/study/create-study.js";
import type { Study } from "../../src/engine/study/study.js";
import type { TrialSnapshot, TrialState } from "../../src/engine/trial/trial-snapshot.js";
import { openStorage } from "../../src/storage/open.js";
import { CheckpointFolder } from "../../src/trainer/checkpoint-folder.js";
import { temporaryFolder } from "../temporary-folder.js";

const CODE = "0123456789abcdef";

function folderOf(budget = 2000) {
  const cwd = temporaryFolder();
  const storage = openStorage("sqlite:///studies.db", { cwd });
  const study = createStudy({ storage, name: "digits: ümlaut", direction: "maximize" });
  const warnings: string[] = [];
  const options = {
    limits: { interval: 30, budget },
    changedSince: ({ systemAttrs }: TrialSnapshot) =>
      systemAttrs["tunelens:code"] === CODE ? [] : ["digits.study.ts"],
    warn: (message: string) => void warnings.push(message),
  };
  const folder = storage.checkpointFolder!(study.id)!;
  const store = new CheckpointFolder(study, folder, options);
  return { study, store, folder, warnings, cwd };
}

/** A trial that has a checkpoint after step 0. */
function addTrial(study: Study, state: TrialState, report: number, code = CODE): void {
  const name = `${study.trials.length}/0`;
  const systemAttrs = { "tunelens:checkpoint": { name, step: 0, seed: 1 }, "tunelens:code": code };
  study.addTrial({ state, intermediateValues: new Map([[0, report]]), systemAttrs });
}

const written = (bytes: number) => (folder: string) => writeFileSync(join(folder, "weights"), Buffer.alloc(bytes));

/** `7/4` */
const checkpoints = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder).flatMap((trial) => readdirSync(join(folder, trial)).map((step) => `${trial}/${step}`))
    : [];

describe("the folder of a study's checkpoints", () => {
  it("is beside its database, and named after it", () => {
    const { folder, cwd } = folderOf();
    expect(folder).toMatch(new RegExp(`^${cwd}/checkpoints/digits-mlaut-[0-9a-f]{16}$`));
  });

  it("has whole checkpoints only", async () => {
    const { study, store, folder } = folderOf();
    addTrial(study, "RUNNING", 1);
    await expect(
      store.write(0, 0, (draft) => {
        written(10)(draft);
        throw new Error("The disk is full.");
      }),
    ).rejects.toThrow("The disk is full.");
    expect(checkpoints(folder)).toEqual([]);
    expect(await store.write(0, 0, written(10))).toBe("0/0");
    // The same step once more, as where the trial was continued before it.
    expect(await store.write(0, 0, written(20))).toBe("0/0");
    expect(checkpoints(folder)).toEqual(["0/0"]);
  });

  it("keeps what a trial can be continued from, and of a trial that runs everything", async () => {
    const { study, store, folder } = folderOf();
    for (const state of ["RUNNING", "FAIL", "FAIL", "PRUNED"] as const) addTrial(study, state, 1);
    const systemAttrs = {
      failed_trial: 2,
      retry_history: [2],
      "tunelens:checkpoint": { name: "2/0", step: 0, seed: 1 },
    };
    for (const name of ["0/0", "0/1", "1/0", "1/1", "2/0", "3/0", "9/0"])
      await store.write(...splitName(name), written(1));
    mkdirSync(join(folder, "1", ".draft"));
    store.sweep();
    expect(checkpoints(folder)).toEqual(["0/0", "0/1", "1/0", "2/0", "9/0"]);
    study.addTrial({ state: "RUNNING", systemAttrs });
    store.sweep();
    expect(checkpoints(folder)).toContain("2/0");
  });

  it("loses those of the worst interrupted trials when the budget is used up, and says so once", async () => {
    const { study, store, folder, warnings } = folderOf(0.005);
    for (const report of [0.7, 0.9, NaN, 0.8]) addTrial(study, "FAIL", report);
    addTrial(study, "RUNNING", 0.1);
    for (let trial = 0; trial < 4; trial++) await store.write(trial, 0, written(1_000));
    expect(checkpoints(folder)).toHaveLength(4);
    await store.write(4, 0, written(2_500));
    expect(checkpoints(folder)).toEqual(["1/0", "3/0", "4/0"]);
    await expect(store.write(4, 1, written(9_000))).rejects.toThrow(/would take more than 0.005 MB/);
    expect(checkpoints(folder)).toEqual(["4/0"]);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ["a changed file", (place: string) => writeFileSync(join(place, "weights"), Buffer.alloc(9, 1))],
    ["a file that is gone", (place: string) => rmSync(join(place, "weights"))],
    ["no checksums", (place: string) => rmSync(join(place, ".checksums.json"))],
  ])("knows a damaged one by %s", async (_what, damage) => {
    const { study, store, folder } = folderOf();
    addTrial(study, "FAIL", 1);
    await store.write(0, 0, written(9));
    expect(store.isDamaged("0/0")).toBe(false);
    damage(join(folder, "0", "0"));
    expect(store.isDamaged("0/0")).toBe(true);
    expect(store.folderOf(study.trials[0]!, "0/0")).toBeUndefined();
  });

  it("takes one that somebody deleted for none", async () => {
    const { study, store, folder } = folderOf();
    addTrial(study, "FAIL", 1);
    await store.write(0, 0, written(9));
    rmSync(folder, { recursive: true });
    expect(store.isDamaged("0/0")).toBe(false);
    expect(store.folderOf(study.trials[0]!, "0/0")).toBeUndefined();
    // The next is written all the same.
    expect(await store.write(0, 1, written(9))).toBe("0/1");
  });

  it("gives nothing for other code, and nothing outside itself", async () => {
    const { study, store, folder, warnings } = folderOf();
    addTrial(study, "FAIL", 1);
    addTrial(study, "FAIL", 1, "fedcba9876543210");
    for (const trial of [0, 1]) await store.write(trial, 0, written(1));
    const [same, other] = study.trials;
    expect(store.folderOf(same!, "0/0")).toBe(join(folder, "0", "0"));
    expect(store.folderOf(same!, "0/1")).toBeUndefined();
    expect(store.folderOf(other!, "1/0")).toBeUndefined();
    expect(store.folderOf(other!, "1/0")).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringContaining("Trial 1 was interrupted and is not continued, because digits.study.ts has changed"),
    ]);
    for (const name of ["0/../../..", "../0", "/etc", "0/0/..", ""]) {
      expect(store.folderOf(same!, name)).toBeUndefined();
      store.remove(name);
    }
    expect(checkpoints(folder)).toEqual(["0/0", "1/0"]);
  });
});

function splitName(name: string): [trial: number, step: number] {
  const [trial, step] = name.split("/").map(Number);
  return [trial!, step!];
}
