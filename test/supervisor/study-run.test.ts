import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { until } from "../wait.js";
import { studyFolder } from "../trainer/study-folder.js";
import { reasonOf, recordedRun } from "./recorded-run.js";

describe("several processes on one study", () => {
  it("share its trials: no more than were asked for, none twice, told as one run", async () => {
    const { run, started, finished, trials } = recordedRun("shared");
    const summary = await run.run();
    expect(summary).toMatchObject({ reason: "trials", counts: { COMPLETE: 20, RUNNING: 0, FAIL: 0 } });
    expect(started).toMatchObject([{ processes: { parallel: 3 }, finishedBefore: 0 }]);
    expect(trials().map(({ number, state }) => [number, state])).toEqual(
      Array.from({ length: 20 }, (_, number) => [number, "COMPLETE"]),
    );
    expect(new Set(trials().map(({ userAttrs }) => userAttrs.pid)).size).toBeGreaterThan(1);
    expect(finished.map((event) => event.finished)).toEqual(
      [...finished.map((event) => event.finished)].sort((a, b) => a - b),
    );
    expect(finished.at(-1)).toMatchObject({
      finished: 20,
      best: { value: Math.min(...trials().map(({ values }) => values![0]!)) },
    });
  });

  it("are as many as the request says, and no more than there are trials left", async () => {
    const { run, started, pids } = recordedRun("shared", { parallel: 4, trials: 2 });
    await run.run();
    expect(started[0]!.processes!.parallel).toBe(2);
    expect(pids.length).toBeLessThanOrEqual(2);
  });

  it.each([-3_600_000, 3_600_000])("take the time they take, though the clock is set by %d ms", async (set) => {
    const { run, trialsStarted, trials } = recordedRun("shared", { trials: 4, parallel: 2, timeout: 600 });
    const { now } = Date;
    const running = run.run();
    await until("a trial runs", () => trialsStarted.length > 0);
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + set);
    onTestFinished(() => clock.mockRestore());
    const { durationMs, reason } = await running;
    expect(reason).toBe("trials");
    expect(durationMs).toBeGreaterThan(0);
    expect(durationMs).toBeLessThan(600_000);
    expect(trials()).toHaveLength(4);
  });

  it("all stop when the run is stopped", async () => {
    const { run, trialsStarted, trials } = recordedRun("waits");
    const running = run.run();
    await until("three trials run", () => trialsStarted.length === 3);
    run.stop();
    expect(await running).toMatchObject({ reason: "stopped" });
    expect(trials().map(({ state }) => state)).toEqual(["FAIL", "FAIL", "FAIL"]);
    expect(trials().map(reasonOf)).toEqual(["stopped", "stopped", "stopped"]);
  });

  it("leave no trial RUNNING when one does not heed the stop and is killed: a resume makes up for its trial", async () => {
    const folder = studyFolder();
    const { run, trialsStarted, finished, trials, ran } = recordedRun("stubborn", {}, folder);
    const running = run.run();
    await until("two trials run", () => trialsStarted.length === 3);
    for (let rung = 0; rung < 3; rung++) run.stop();
    await expect(running).rejects.toMatchObject({ name: "ChildExitError", code: "process-stopped" });
    expect(trials().map(({ state }) => state)).toEqual(["COMPLETE", "FAIL", "FAIL"]);
    expect(trials().slice(1).map(reasonOf)).toEqual(["stopped", "stopped"]);
    expect(finished.filter(({ failReason }) => failReason === "stopped")).toHaveLength(2);
    expect(ran).toEqual([true, true, false]);
    const again = recordedRun("stubborn", { trials: 1, parallel: 1 }, folder);
    expect(await again.run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 1, FAIL: 2 } });
  });

  it("all end when the objective of one throws: what it threw is the run's error", async () => {
    const { run, trials } = recordedRun("throwing");
    await expect(run.run()).rejects.toMatchObject({ message: expect.stringContaining("RangeError: the fifth") });
    expect(reasonOf(trials()[4])).toContain("RangeError: the fifth");
    expect(trials().filter(({ state }) => state === "RUNNING")).toEqual([]);
  });

  it("cannot share a study that is kept in memory", async () => {
    const { run } = recordedRun("unstored");
    await expect(run.run()).rejects.toMatchObject({
      message: expect.stringContaining('Study "unstored" is in memory'),
    });
  });
});

describe("a process that dies", () => {
  it("by kill -9 fails its one trial with the reason and is replaced; the study ends as if nothing had been", async () => {
    const { run, folder, trials, finished, logs, pids } = recordedRun("killed");
    const running = run.run();
    const victim = () => {
      try {
        return Number(readFileSync(join(folder, "victim"), "utf8"));
      } catch {
        return 0;
      }
    };
    await until("trial 1 runs", () => victim() > 0);
    process.kill(victim(), "SIGKILL");
    expect(await running).toMatchObject({ reason: "trials", counts: { COMPLETE: 7, FAIL: 1, RUNNING: 0 } });
    expect(trials()).toHaveLength(8);
    expect(reasonOf(trials()[1])).toContain("The training process was ended by SIGKILL before it finished.");
    expect(finished.find(({ number }) => number === 1)).toMatchObject({
      state: "FAIL",
      failReason: reasonOf(trials()[1]),
    });
    expect(logs).toContainEqual({
      level: "warn",
      message: expect.stringContaining("Another process replaces it."),
    });
    expect(pids).toHaveLength(3);
  });

  it("for the third time in a row pauses the study; the last trial is failed too, and a resume goes on", async () => {
    const { run, folder, trials } = recordedRun("deadly");
    await expect(run.run()).rejects.toMatchObject({
      name: "StudyPausedError",
      code: "study-paused",
      message: expect.stringMatching(
        /^Study "deadly" is paused: its training process died 3 times in a row\..*SIGKILL/,
      ),
    });
    expect(trials().map(({ state }) => state)).toEqual(["COMPLETE", "COMPLETE", "FAIL", "FAIL", "FAIL"]);
    expect(trials().slice(2).map(reasonOf)).toEqual(Array(3).fill(expect.stringContaining("SIGKILL")));
    const again = recordedRun("deadly", { trials: 5 }, folder);
    expect(await again.run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 2, FAIL: 3 } });
  });
});

describe("a process that cannot start", () => {
  it("because its study file fails there leaves the study to the others, and it is said why", async () => {
    const folder = studyFolder();
    const file = join(folder, "exclusive.study.ts");
    const { run, trials, logs } = recordedRun("exclusive", { file }, folder);
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 5, FAIL: 0, RUNNING: 0 } });
    expect(new Set(trials().map(({ userAttrs }) => userAttrs.pid)).size).toBe(1);
    expect(logs).toEqual([
      {
        level: "warn",
        message: expect.stringMatching(/^Training process 2 of 2 could not start\. .*: somebody else has it$/),
      },
    ]);
    const again = recordedRun("exclusive", { file, trials: 6 }, folder);
    await expect(again.run.run()).rejects.toMatchObject({ message: expect.stringContaining("somebody else has it") });
  });

  it("because it ends at once is not tried again, while others work", async () => {
    const { run, logs, ran } = recordedRun("shared", {}, studyFolder(), (worker) => (worker > 0 ? ["--nonsense"] : []));
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 20 } });
    expect(ran).toHaveLength(3);
    expect(logs.map(({ message }) => message).sort()).toEqual(
      [2, 3].map((which) =>
        expect.stringMatching(new RegExp(`^Training process ${which} of 3 could not start\\. .* exit code 9 before`)),
      ),
    );
  });

  it("pauses the study where none is left", async () => {
    const execArgv = (_worker: number, started: number) => (started > 1 ? ["--nonsense"] : []);
    const { run, logs } = recordedRun("deadly", { parallel: 2 }, studyFolder(), execArgv);
    await expect(run.run()).rejects.toMatchObject({
      code: "study-paused",
      message: expect.stringContaining("its training process died 3 times in a row. The training process ended with"),
    });
    expect(logs.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^Training process [12] of 2 could not start/),
    );
  });
});

describe("two processes that die at once", () => {
  it("each leave their trial with the reason, whoever is replaced first", async () => {
    const { run, trials } = recordedRun("deadly", { parallel: 2 });
    await expect(run.run()).rejects.toMatchObject({ code: "study-paused" });
    const [, , ...later] = trials();
    expect(later.length).toBeGreaterThanOrEqual(3);
    expect(later.map(reasonOf)).toEqual(later.map(() => expect.stringContaining("was ended by SIGKILL")));
  });
});

describe("what else may go wrong", () => {
  it("a lost device fails its trial, whatever the study catches, and another process, with a new device, goes on", async () => {
    const { run, trials, finished, logs, pids } = recordedRun("lost");
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 5, FAIL: 1, RUNNING: 0 } });
    expect(trials()).toHaveLength(6);
    expect(reasonOf(trials()[1])).toContain("The GPU was lost during training: the driver was reset.");
    expect(finished.filter(({ number }) => number === 1)).toHaveLength(1);
    expect(logs).toContainEqual({
      level: "warn",
      message: "The GPU was lost during training: the driver was reset. Another process replaces it.",
    });
    expect(pids).toHaveLength(2);
  });

  it("a trial that takes all memory fails with that as its reason; the others are run", async () => {
    const { run, trials, pids } = recordedRun("hungry", {}, studyFolder(), () => ["--max-old-space-size=64"]);
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 4, FAIL: 1, RUNNING: 0 } });
    expect(reasonOf(trials()[1])).toMatch(
      /SIGABRT before it finished\. It ran out of JavaScript memory\. .*NODE_OPTIONS/,
    );
    expect(pids).toHaveLength(2);
  });

  it("a trial that fills WebAssembly's memory fails with that as its reason, and another process has room again", async () => {
    const folder = studyFolder();
    const file = join(folder, "full-heap.study.ts");
    const { run, trials, logs, pids } = recordedRun("full-heap", { file }, folder);
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 3, FAIL: 1, RUNNING: 0 } });
    expect(reasonOf(trials()[1])).toMatch(/WebAssembly's 4 GB of memory ran out\. .*tf\.tidy/);
    expect(logs.at(-1)!.message).toMatch(/^WebAssembly's 4 GB of memory ran out\. .* Another process replaces it\.$/);
    expect(pids).toHaveLength(2);
  });

  it("a trial that breaks WebAssembly's heap fails with that as its reason, and another process has one that is whole", async () => {
    const folder = studyFolder();
    const { run, trials, logs, pids } = recordedRun(
      "broken-heap",
      { file: join(folder, "broken-heap.study.ts") },
      folder,
    );
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 3, FAIL: 1, RUNNING: 0 } });
    expect(reasonOf(trials()[1])).toMatch(/The wasm backend crashed mid-operation, .*: .*\./);
    expect(logs.at(-1)!.message).toMatch(/^The wasm backend crashed mid-operation, .* Another process replaces it\.$/);
    expect(pids).toHaveLength(2);
  });

  it("the same error from the first trial on pauses a study that catches errors", async () => {
    const { run, trials } = recordedRun("hopeless");
    await expect(run.run()).rejects.toMatchObject({
      code: "study-paused",
      message: expect.stringMatching(
        /^Study "hopeless" is paused: its last 3 trials failed with the same error\. RangeError: no such layer\n.*increase the study's pauseAfter/,
      ),
    });
    expect(trials().length).toBeLessThan(10_000);
    expect(trials().filter(({ state }) => state !== "FAIL")).toEqual([]);
  });

  it("equal bad results in a row pause a study of which no trial has worked", async () => {
    const { run, finished } = recordedRun("diverging");
    await expect(run.run()).rejects.toMatchObject({
      code: "study-paused",
      message: expect.stringContaining("its last 3 trials failed with the same error. The objective returned NaN."),
    });
    expect(finished.length).toBeLessThan(10_000);
  });

  it("bad results do not pause a study of which a trial has worked, in this run or before", async () => {
    const folder = studyFolder();
    for (const [trials, FAIL] of [
      [8, 7],
      [14, 13],
    ] as const) {
      const { run } = recordedRun("mostly-diverging", { trials }, folder);
      expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 1, FAIL } });
    }
  });

  it("equal errors with bad results in between do not pause a study", async () => {
    const { run } = recordedRun("mixed");
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 1, FAIL: 11 } });
  });

  it("an error that the study does not catch ends it, and is told", async () => {
    const { run } = recordedRun("mistaken");
    await expect(run.run()).rejects.toMatchObject({ message: expect.stringContaining("TypeError: no such method") });
  });

  it("equal errors in a row pause a study of which a trial has worked, after as many as it says", async () => {
    const { run, finished } = recordedRun("broken");
    await expect(run.run()).rejects.toMatchObject({
      code: "study-paused",
      message: expect.stringContaining(
        "its last 4 trials failed with the same error. Threw a value that is not an Error: out of order",
      ),
    });
    expect(finished[0]).toMatchObject({ state: "COMPLETE" });
  });
});

describe("isolation by trial", () => {
  it("gives each trial a process of its own; seeded, the trials are those of one process", async () => {
    const { run, trials, pids } = recordedRun("isolated");
    expect(await run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 4 }, goesOn: false });
    expect(trials().map(({ userAttrs }) => userAttrs.pid)).toEqual(pids.slice(0, 4));
    expect(new Set(pids).size).toBe(pids.length);
  });
});
