import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/engine/trial/trial-snapshot.js";
import { openStorage } from "../../src/storage/open.js";
import { readPeakMemory } from "../../src/protocol/peak-memory.js";
import { until } from "../wait.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";
import { WORKER_KEY, workerIdentity } from "../../src/storage/worker-identity.js";

function sourceOf(folder: string, study: string): unknown {
  const storage = openStorage(".tunelens/studies.db", { cwd: folder, readOnly: true });
  try {
    return storage.getStudy(storage.findStudy(study)!).systemAttrs["tunelens:study"];
  } finally {
    storage.close();
  }
}

describe("a study that runs", () => {
  it("tells its parent everything, and stores it with the way back to the code", async () => {
    const { run, started, trialsStarted, finished, epochs, trials, folder } = await recordedTrainer(studyFolder());
    const summary = await run("quadratic.study.ts");
    expect(started).toMatchObject([
      { study: "quadratic", exportName: "quadratic", trials: 8, finishedBefore: 0, resumed: false, backend: null },
    ]);
    expect(trialsStarted.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(finished.map(({ finished }) => finished)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const stored = trials("quadratic");
    expect(finished.map(({ params }) => params)).toEqual(stored.map(({ params }) => params));
    expect(epochs.filter(({ number }) => number === 2)).toHaveLength(stored[2]!.intermediateValues.size);
    const values = stored.map((trial) => trial.values![0]!);
    expect(summary).toMatchObject({ reason: "trials", best: { value: Math.min(...values) } });
    expect(summary.counts).toEqual({ RUNNING: 0, COMPLETE: 8, PRUNED: 0, FAIL: 0, WAITING: 0 });
    expect(sourceOf(folder, "quadratic")).toMatchObject({
      file: "quadratic.study.ts",
      exportName: "quadratic",
      seed: 7,
      sampler: "RandomSampler",
      backend: null,
      node: process.version,
    });
  });

  it("tells and stores the backend that the file itself chose", async () => {
    const { run, started, folder } = await recordedTrainer(studyFolder());
    await run("own-backend.study.ts", { backend: "wasm" });
    expect(started[0]!.backend).toMatchObject({ backend: "cpu" });
    expect(sourceOf(folder, "own-backend")).toMatchObject({ backend: { backend: "cpu" } });
  });

  it("goes on where it stopped, as if it had never stopped", async () => {
    const whole = await recordedTrainer(studyFolder());
    await whole.run("quadratic.study.ts");
    const folder = studyFolder();
    await (await recordedTrainer(folder)).run("quadratic.study.ts", { trials: 3 });
    const second = await recordedTrainer(folder);
    await second.run("quadratic.study.ts");
    expect(second.started[0]).toMatchObject({ resumed: true, finishedBefore: 3 });
    expect(second.trialsStarted.map(({ number }) => number)).toEqual([3, 4, 5, 6, 7]);
    expect(second.trials("quadratic").map(({ params }) => params)).toEqual(
      whole.trials("quadratic").map(({ params }) => params),
    );
  });

  it("warns once where it continues with other epochs or another backend, naming both", async () => {
    const folder = studyFolder();
    const run = async (request: { trials: number; epochs?: number; backend: string }) => {
      const { run, logs } = await recordedTrainer(folder);
      await run("dense.study.ts", request);
      return logs.map(({ message }) => message).filter((message) => message.includes("continues with"));
    };
    expect(await run({ trials: 1, backend: "cpu" })).toEqual([]);
    expect(await run({ trials: 2, epochs: 2, backend: "wasm" })).toEqual([
      'Study "dense net" continues with 2 epochs instead of 3 and wasm instead of cpu, so its new trials are not quite comparable with the earlier ones.',
    ]);
    expect(await run({ trials: 3, epochs: 2, backend: "wasm" })).toEqual([]);
  });

  it("takes storage, seed and trials from the request", async () => {
    const { run, finished } = await recordedTrainer(studyFolder());
    const summary = await run("quadratic.study.ts", { storage: "memory:", seed: 99, trials: 2 });
    expect(summary).toMatchObject({ storage: "memory:", counts: { COMPLETE: 2 } });
    const other = await recordedTrainer(studyFolder());
    await other.run("quadratic.study.ts", { storage: "memory:", trials: 2 });
    expect(other.finished[0]!.params).not.toEqual(finished[0]!.params);
  });

  it("refuses a second call while one runs", async () => {
    const { run, trainer, trialsStarted } = await recordedTrainer(studyFolder());
    const first = run("endless.study.ts", { study: "heedful" });
    await until("the endless trial runs", () => trialsStarted.length === 2);
    await expect(run("quadratic.study.ts")).rejects.toMatchObject({ code: "busy" });
    trainer.stop();
    expect(await first).toMatchObject({ reason: "stopped" });
  });
});

describe("an objective that misbehaves", () => {
  it("gives NaN, nothing or text: its trial fails with the reason, and a study that catches errors goes on", async () => {
    const { run, finished } = await recordedTrainer(studyFolder());
    expect(await run("bad-values.study.ts")).toMatchObject({ reason: "trials", counts: { FAIL: 3, COMPLETE: 1 } });
    expect(finished.map(({ failReason }) => failReason)).toEqual([
      "The objective returned NaN.",
      "The objective returned undefined instead of a number. Is a `return` or an `await` missing?",
      'The objective returned "0.5" instead of a number. Convert it with Number(…).',
      undefined,
    ]);
  });

  it("throws: the trial is FAIL, the error names study, trial and line, and a resume goes on", async () => {
    const folder = studyFolder();
    const { run, finished } = await recordedTrainer(folder);
    await expect(run("throws.study.ts")).rejects.toMatchObject({
      message: expect.stringContaining(
        'Study "throws", trial 1 failed (throws.study.ts:22): TypeError: no train samples',
      ),
    });
    expect(finished[1]).toMatchObject({ state: "FAIL", failLocation: { line: 22 } });
    const again = await recordedTrainer(folder);
    expect(await again.run("throws.study.ts")).toMatchObject({ counts: { COMPLETE: 3, FAIL: 1 } });
  });

  it("calls process.exit, rejects unseen, throws in a timer: the trial fails, the process lives", async () => {
    const { run, finished, trainer } = await recordedTrainer(studyFolder());
    await run("exits.study.ts", { study: "exits" });
    expect(finished.map(({ state }) => state)).toEqual(["FAIL", "FAIL", "FAIL", "FAIL", "COMPLETE", "COMPLETE"]);
    const reasons = finished.map(({ failReason }) => failReason?.split("\n")[0]);
    expect(reasons[0]).toContain("process.exit(3) was called");
    expect(reasons[1]).toContain("process.exit(4) was called");
    expect(reasons[2]).toBe("Error: nobody awaits me");
    expect(reasons[3]).toBe("RangeError: thrown in a timer");
    expect(finished[3]!.failLocation).toMatchObject({ line: 29 });
    await trainer.dispose();
    expect(await trainer.exited).toMatchObject({ code: 0, expected: true });
  });

  it("calls process.exit in a study without catch: the run ends with the reason", async () => {
    const { run } = await recordedTrainer(studyFolder());
    await expect(run("exits.study.ts", { study: "exitStrict" })).rejects.toMatchObject({
      code: "process-exit-called",
      location: { line: 46 },
    });
  });

  it("prints a megabyte and sends messages of its own: all of it arrives, none of it is taken for ours", async () => {
    const { run, output, trainer } = await recordedTrainer(studyFolder());
    expect(await run("loud.study.ts")).toMatchObject({ reason: "trials" });
    await trainer.dispose();
    expect(output.stdout).toHaveLength(1024 * 1024);
    expect(output.stderr).toContain("a word on stderr: é\n");
  });

  it("kills the process: that is an error with the signal, and the next run fails the trial and goes on", async () => {
    const folder = studyFolder();
    const { run, trainer } = await recordedTrainer(folder);
    await expect(run("exits.study.ts", { study: "aborts" })).rejects.toMatchObject({
      name: "ChildExitError",
      code: "process-exited",
      message: expect.stringContaining("SIGKILL"),
    });
    expect(await trainer.exited).toMatchObject({ signal: "SIGKILL", expected: false });
    const again = await recordedTrainer(folder);
    expect(await again.run("exits.study.ts", { study: "aborts" })).toMatchObject({ counts: { COMPLETE: 2, FAIL: 1 } });
    expect(again.trials("aborts")[1]!.systemAttrs.fail_reason).toMatch(/process that ran this trial \(\d+\) died/);
    expect(again.logs[0]).toMatchObject({ level: "warn", message: expect.stringContaining("Trial 1") });
  });
});

describe("a trial that another process began long ago, with no heartbeat since", () => {
  it.each([
    ["goes on where that process lives", "RUNNING", workerIdentity()],
    ["fails where nobody knows of that process", "FAIL", null],
  ])("%s", async (_what, state, worker: Json) => {
    const { run, trials, folder } = await recordedTrainer(studyFolder());
    await run("quadratic.study.ts", { trials: 1 });
    const storage = openStorage(".tunelens/studies.db", { cwd: folder });
    const trial = storage.createTrial(storage.findStudy("quadratic")!, undefined, { heartbeat: true });
    storage.setTrialSystemAttr(trial.id, WORKER_KEY, worker);
    storage.close();
    const database = new Database(join(folder, ".tunelens/studies.db"));
    database.exec("UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00'");
    database.close();
    await run("quadratic.study.ts", { trials: 3 });
    expect(trials("quadratic").map(({ state }) => state)).toEqual(["COMPLETE", state, "COMPLETE"]);
  });
});

describe("a study that trains with TensorFlow.js", () => {
  it("runs on the backend it says, warns of leaked tensors with trial, count, and line, and repeats itself by its seed", async () => {
    const { run, started, finished, epochs, logs } = await recordedTrainer(studyFolder());
    await run("dense.study.ts");
    expect(started[0]!.backend).toMatchObject({ backend: "wasm" });
    expect(epochs.filter(({ number }) => number === 0).map(({ epoch, epochs }) => [epoch, epochs])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
    expect(Object.keys(epochs[0]!.logs).sort()).toEqual(["loss", "val_loss"]);
    expect(logs.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Study "dense net", trial 2: 1 tensor .* was freed; made at dense\.study\.ts:\d+\./),
    ]);
    const again = await recordedTrainer(studyFolder());
    await again.run("dense.study.ts");
    expect(again.finished.map(({ values }) => values)).toEqual(finished.map(({ values }) => values));
  });

  it("frees between trials what each leaves behind, also where it fails, and says of each what memory it took", async () => {
    const folder = studyFolder();
    const { run, trials, logs } = await recordedTrainer(folder);
    await run("leaks.study.ts");
    const stored = trials("leaks");
    expect(stored.map(({ state }) => state)).toEqual([
      "COMPLETE",
      "COMPLETE",
      "COMPLETE",
      "FAIL",
      "COMPLETE",
      "COMPLETE",
    ]);
    const { tensors, bytes } = stored[0]!.userAttrs;
    expect(stored.map(({ userAttrs }) => userAttrs)).toEqual(stored.map(() => ({ tensors, bytes })));
    const told = logs.map(({ message }) => message).filter((message) => /still allocated/.test(message));
    expect(told).toEqual([
      expect.stringMatching(
        /trial 0: 3 tensors \(4\.0 MB\) .*; made at .*leaks\.study\.ts:14, .*leaks\.study\.ts:15\. Wrap/,
      ),
    ]);
    const again = await recordedTrainer(folder);
    await again.run("leaks.study.ts", { trials: 7 });
    expect(again.logs.filter(({ message }) => /still allocated/.test(message))).toEqual([]);
    const peaks = stored.map((trial) => readPeakMemory(trial.systemAttrs)!);
    const since = process.platform === "linux" ? "trial" : "process";
    expect(peaks.map((peak) => peak.since)).toEqual(stored.map(() => since));
    expect(peaks[2]!.bytes).toBeGreaterThan(peaks[1]!.bytes + 300e6);
    if (since === "process") expect(peaks[5]!.bytes).toBeGreaterThanOrEqual(peaks[2]!.bytes);
  });
});
