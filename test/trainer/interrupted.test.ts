import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkpointOf } from "../../src/engine/trial/checkpoint.js";
import { failReasonOf } from "../../src/engine/trial/fail-reason.js";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import { until } from "../wait.js";
import { type RecordedTrainer, recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const FILE = "checkpoints.study.ts";
const interruptedStudy = { study: "interrupted" };

/** Long enough to be killed in. */
const slowly = { EPOCH_MS: "200" };

function checkpointsIn(folder: string): string[] {
  const place = join(folder, ".tunelens", "checkpoints");
  return existsSync(place) ? (readdirSync(place, { recursive: true }) as string[]) : [];
}

const reports = ({ intermediateValues }: TrialSnapshot) => [...intermediateValues];

let whole: Promise<readonly TrialSnapshot[]> | undefined;

/** The study's trials where none is interrupted: trained for the first test that compares with them. */
function uninterrupted(): Promise<readonly TrialSnapshot[]> {
  whole ??= trainUninterrupted();
  return whole;
}

async function trainUninterrupted(): Promise<readonly TrialSnapshot[]> {
  const { run, trials } = await recordedTrainer(studyFolder());
  await run(FILE, interruptedStudy);
  return trials("interrupted");
}

describe("a trial whose process is killed (SIGKILL)", () => {
  it("is continued at its last epoch, with the values that it would have had", async () => {
    const expected = await uninterrupted();
    const folder = studyFolder();
    const first = await recordedTrainer(folder, [], slowly);
    const running = first.run(FILE, interruptedStudy);
    running.catch(() => {});
    await until("the second trial has trained some epochs", () =>
      first.epochs.some(({ number, epoch }) => number === 1 && epoch === 3),
    );
    process.kill(first.trainer.pid, "SIGKILL");
    await expect(running).rejects.toThrow();
    expect(first.trials("interrupted")[1]!.state).toBe("RUNNING");

    const second = await recordedTrainer(folder);
    const summary = await second.run(FILE, interruptedStudy);
    const trials = second.trials("interrupted");
    expect(trials.map(({ state }) => state)).toEqual(["COMPLETE", "FAIL", "COMPLETE", "COMPLETE", "COMPLETE"]);
    const [, killed, continued] = trials;
    expect(failReasonOf(killed!)).toMatch(/died/);
    const { step } = checkpointOf(killed!)!;
    // The epoch that was told last may not have been saved yet.
    expect(step).toBeGreaterThanOrEqual(2);
    expect(continued).toMatchObject({
      params: expected[1]!.params,
      values: expected[1]!.values,
      systemAttrs: { failed_trial: 1, retry_history: [1], "tunelens:checkpoint": null },
    });
    expect(reports(continued!)).toEqual(reports(expected[1]!));
    expect(second.epochs.filter(({ number }) => number === 2).map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 7 - step }, (_, i) => step + 1 + i),
    );
    const messages = second.logs.map(({ message }) => message);
    expect(messages).toContainEqual(
      expect.stringMatching(/trial 2 continues trial 1, which was interrupted, after step \d/),
    );
    expect(messages.filter((message) => /already|ignored/.test(message))).toEqual([]);
    expect(summary).toMatchObject({ reason: "trials", finished: 4 });
    expect(checkpointsIn(folder)).toEqual([]);
  });
});

/** Interrupts the study in its second trial. */
async function interrupted(
  folder: string,
  interrupt: (trainer: RecordedTrainer) => void,
  study = "interrupted",
): Promise<RecordedTrainer> {
  const recorded = await recordedTrainer(folder, [], slowly);
  const running = recorded.run(FILE, { study });
  const seen = (wanted: number) => recorded.epochs.some(({ number, epoch }) => number === 1 && epoch === wanted);
  await until("the second trial has trained some epochs", () => seen(3));
  interrupt(recorded);
  await running.catch(() => {});
  return recorded;
}

const killIt = ({ trainer }: RecordedTrainer) => process.kill(trainer.pid, "SIGKILL");

describe("a trial that is interrupted", () => {
  it("by Stop is continued at its last epoch when the study resumes", async () => {
    const expected = await uninterrupted();
    const folder = studyFolder();
    const { trials } = await interrupted(folder, ({ trainer }) => trainer.stop());
    expect(trials("interrupted").map((trial) => [trial.state, failReasonOf(trial)])).toEqual([
      ["COMPLETE", undefined],
      ["FAIL", "stopped"],
    ]);
    await (await recordedTrainer(folder)).run(FILE, interruptedStudy);
    const [, , continued, ...others] = trials("interrupted");
    expect(continued!.values).toEqual(expected[1]!.values);
    expect(reports(continued!)).toEqual(reports(expected[1]!));
    expect(others).toHaveLength(2);
    expect(checkpointsIn(folder)).toEqual([]);
  });

  it("by Stop before its first checkpoint is continued from its last seconds", async () => {
    const whole = await recordedTrainer(studyFolder());
    await whole.run(FILE, { study: "rarely", trials: 1 });
    const folder = studyFolder();
    const first = await recordedTrainer(folder, [], slowly);
    const running = first.run(FILE, { study: "rarely", trials: 1 });
    await until("it has trained for some seconds", () => first.epochs.some(({ epoch }) => epoch === 12));
    first.trainer.stop();
    await running;
    expect(checkpointOf(first.trials("rarely")[0]!)!.step).toBeGreaterThan(3);
    const second = await recordedTrainer(folder);
    await second.run(FILE, { study: "rarely", trials: 1 });
    const [, continued] = second.trials("rarely");
    expect(continued!.values).toEqual(whole.trials("rarely")[0]!.values);
    expect(reports(continued!)).toEqual(reports(whole.trials("rarely")[0]!));
    expect(second.epochs[0]!.epoch).toBeGreaterThan(4);
  });

  it("alone, because the user stopped just this trial, is not continued", async () => {
    const folder = studyFolder();
    const recorded = await recordedTrainer(folder, [], slowly);
    const running = recorded.run(FILE, { ...interruptedStudy, trials: 2 });
    await until("it has trained some epochs", () => recorded.epochs.some(({ epoch }) => epoch === 3));
    await recorded.trainer.functions.stopTrial(0);
    await running;
    const trials = recorded.trials("interrupted");
    expect(trials.map(({ state }) => state)).toEqual(["FAIL", "COMPLETE", "COMPLETE"]);
    expect(trials.flatMap(({ systemAttrs }) => systemAttrs["retry_history"] ?? [])).toEqual([]);
    expect(checkpointsIn(folder)).toEqual([]);
  });

  it("is continued by code that differs in comments, types, and formatting alone", async () => {
    const folder = studyFolder();
    await interrupted(folder, killIt);
    const file = join(folder, FILE);
    const edited = readFileSync(file, "utf8").replace("const model =", "// Small.\n\n    const model: tf.Sequential =");
    writeFileSync(file, edited);
    const { run, trials } = await recordedTrainer(folder);
    await run(FILE, { ...interruptedStudy, trials: 2 });
    expect(trials("interrupted").map(({ state }) => state)).toEqual(["COMPLETE", "FAIL", "COMPLETE"]);
    expect(trials("interrupted")[2]!.systemAttrs).toMatchObject({ retry_history: [1] });
  });

  it("is not continued by other code, which is told once", async () => {
    const folder = studyFolder();
    await interrupted(folder, killIt);
    const file = join(folder, FILE);
    writeFileSync(file, readFileSync(file, "utf8").replace("units: 4", "units: 5"));
    const { run, logs, trials } = await recordedTrainer(folder);
    await run(FILE, interruptedStudy);
    expect(trials("interrupted").map(({ state }) => state)).toEqual(["COMPLETE", "FAIL", ...Array(3).fill("COMPLETE")]);
    const messages = logs.map(({ message }) => message).filter((message) => message.includes("not continued"));
    expect(messages).toEqual([
      `Trial 1 was interrupted and is not continued, because ${FILE} has changed since: its result would be of neither code. A new trial ` +
        "takes its place. To continue it instead, stop the study, undo the change, and resume.",
    ]);
  });

  it("of a study without a seed draws the random numbers that it drew", async () => {
    const folder = studyFolder();
    const { trials } = await interrupted(folder, killIt, "unseeded");
    const drawn = trials("unseeded")[1]!.userAttrs["drawn"];
    const { run } = await recordedTrainer(folder);
    await run(FILE, { study: "unseeded" });
    const [first, , continued] = trials("unseeded");
    expect(continued!.userAttrs["drawn"]).toBe(drawn);
    expect(first!.userAttrs["drawn"]).not.toBe(drawn);
  });

  it("loses its checkpoint with its study", async () => {
    const folder = studyFolder();
    const { trials } = await interrupted(folder, killIt);
    expect(trials("interrupted")[1]!.state).toBe("RUNNING");
    expect(checkpointsIn(folder)).not.toEqual([]);
    const { trainer } = await recordedTrainer(folder);
    await trainer.functions.deleteStudy({ storage: "sqlite:///.tunelens/studies.db", study: "interrupted" });
    expect(checkpointsIn(folder)).toEqual([]);
  });

  it("leaves nothing on disk where another program has deleted its database", async () => {
    const folder = studyFolder();
    await interrupted(folder, killIt);
    const databases = readdirSync(join(folder, ".tunelens")).filter((name) => name.startsWith("studies.db"));
    for (const name of databases) rmSync(join(folder, ".tunelens", name));
    const { run, trials } = await recordedTrainer(folder);
    await run(FILE, interruptedStudy);
    expect(trials("interrupted")).toHaveLength(4);
    expect(checkpointsIn(folder)).toEqual([]);
  });
});
