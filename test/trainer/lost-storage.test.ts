import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadStudy } from "../../src/engine/study/load-study.js";
import { openStorage } from "../../src/storage/open.js";
import { until } from "../wait.js";
import { recordedTrainer, type RecordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

/** A study of 6 trials that each wait until the test lets them go on: trial 1 from its middle to its end. */
const SOURCE = `
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { defineStudy, float, random } from "tunelens";

export default defineStudy({
  name: "slow",
  space: { x: float(0, 1) },
  sampler: random(),
  seed: 3,
  trials: 6,
  catch: true,
  objective: async (trial) => {
    trial.report(trial.params.x, 0);
    if (trial.number === 1) {
      console.log("middle");
      while (!existsSync("go-on")) await setTimeout(5);
    }
    trial.report(trial.params.x, 1);
    return trial.params.x;
  },
});
`;

interface Middle extends RecordedTrainer {
  readonly path: string;
  readonly ended: Promise<unknown>;
  goOn(): void;
}

/** The study, in the middle of trial 1. */
async function inTheMiddle(): Promise<Middle> {
  const folder = studyFolder();
  writeFileSync(join(folder, "slow.study.ts"), SOURCE);
  const recorded = await recordedTrainer(folder);
  const ended = recorded.run("slow.study.ts").catch((error: unknown) => error);
  await until("the middle of trial 1", () => recorded.output.stdout.includes("middle"));
  const goOn = (): void => writeFileSync(join(folder, "go-on"), "");
  return { ...recorded, path: join(folder, ".tunelens/studies.db"), ended, goOn };
}

describe("a study that runs", () => {
  it("waits while another process holds the lock for longer than SQLite does, and loses no trial", async () => {
    const { path, ended, goOn, logs, trials } = await inTheMiddle();
    const holder = new Database(path);
    onTestFinished(() => void holder.close());
    holder.exec("BEGIN IMMEDIATE");
    goOn();
    await until("it waits", () =>
      logs.some(({ message }) => /studies\.db was locked .* The study waits/.test(message)),
    );
    holder.exec("ROLLBACK");
    expect(await ended).toMatchObject({ reason: "trials", counts: { COMPLETE: 6, FAIL: 0 } });
    expect(trials("slow").map(({ intermediateValues }) => intermediateValues.size)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(
      logs.map(({ message }) => message).filter((message) => message.includes("can be written again")),
    ).toHaveLength(1);
  });

  it("is stopped while it waits: it ends in order, and says what was not stored", async () => {
    const { path, ended, goOn, logs, trainer } = await inTheMiddle();
    const holder = new Database(path);
    onTestFinished(() => void holder.close());
    holder.exec("BEGIN IMMEDIATE");
    goOn();
    await until("it waits", () => logs.some(({ message }) => message.includes("The study waits")));
    trainer.stop();
    expect(await ended).toMatchObject({
      code: "storage-locked",
      message: expect.stringMatching(/^The run stopped before it could store trial 1 \((COMPLETE with 0\.|FAIL)/),
    });
    await trainer.dispose();
    expect(await trainer.exited).toMatchObject({ code: 0, expected: true });
  });

  it("says that its file was deleted at the next write, saves all beside it, and ends", async () => {
    const { folder, path, ended, goOn, finished } = await inTheMiddle();
    for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file);
    goOn();
    const error = await ended;
    const [saved] = readdirSync(join(folder, ".tunelens")).filter((name) => name.endsWith(".db"));
    expect(error).toMatchObject({ code: "storage-replaced", message: expect.stringContaining(saved!) });
    expect(finished.map(({ state }) => state)).toEqual(["COMPLETE", "COMPLETE"]);
    const storage = openStorage(join(folder, ".tunelens", saved!), { readOnly: true });
    onTestFinished(() => storage.close());
    expect(loadStudy({ storage, name: "slow" }).trials.map(({ values, params }) => [values, params["x"]])).toEqual(
      finished.map(({ values, params }) => [values, params["x"]]),
    );
  });

  it("ends by name when its study was deleted, also where another has its ids", async () => {
    const { path, ended, goOn } = await inTheMiddle();
    const raw = new Database(path);
    raw.pragma("foreign_keys = OFF");
    for (const table of ["trial_params", "trial_intermediate_values", "trial_system_attributes", "trial_heartbeats"])
      raw.exec(`DELETE FROM ${table}`);
    raw.exec("DELETE FROM trials; DELETE FROM study_system_attributes; UPDATE studies SET study_name = 'other'");
    raw.exec(
      "INSERT INTO trials (trial_id, study_id, number, state) VALUES (1, 1, 0, 'WAITING'), (2, 1, 1, 'RUNNING')",
    );
    raw.close();
    goOn();
    expect(await ended).toMatchObject({
      code: "study-deleted",
      message: expect.stringMatching(/^Another program deleted study "slow" from/),
    });
    const storage = openStorage(path, { readOnly: true });
    onTestFinished(() => storage.close());
    expect(
      loadStudy({ storage, name: "other" }).trials.map(({ state, intermediateValues }) => [
        state,
        intermediateValues.size,
      ]),
    ).toEqual([
      ["WAITING", 0],
      ["RUNNING", 0],
    ]);
  });

  it("goes on, in a process that joins it, with no other study of its name, and makes no file anew", async () => {
    const folder = studyFolder();
    const { run, started, trainer } = await recordedTrainer(folder);
    await run("quadratic.study.ts", { trials: 2 });
    await trainer.dispose();
    const { identity } = started[0]!;
    const path = join(folder, ".tunelens/studies.db");
    const joinRun = async () =>
      (await recordedTrainer(folder)).run("quadratic.study.ts", { joins: true, identity: identity!, trials: 3 });
    expect(await joinRun()).toMatchObject({ counts: { COMPLETE: 3 } });
    rmSync(path);
    await expect(joinRun()).rejects.toMatchObject({
      code: "storage-not-found",
      message: expect.stringContaining(path),
    });
    expect(existsSync(path)).toBe(false);
    await (await recordedTrainer(folder)).run("quadratic.study.ts", { trials: 1 });
    await expect(joinRun()).rejects.toMatchObject({
      code: "study-deleted",
      message: expect.stringMatching(/^Study "quadratic" in .*studies\.db is not the one that this run started with/),
    });
    const storage = openStorage(path, { readOnly: true });
    onTestFinished(() => storage.close());
    expect(loadStudy({ storage, name: "quadratic" }).trials).toHaveLength(1);
  });
});
