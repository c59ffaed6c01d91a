import { describe, expect, it } from "vitest";
import type { TrainerEvents } from "../../src/protocol/trainer.js";
import { openStorage } from "../../src/storage/open.js";
import { StudyRun } from "../../src/supervisor/study-run.js";
import type { TrainerProcess } from "../../src/supervisor/trainer-process.js";
import { recordedTrainer } from "../trainer/recorded-trainer.js";
import { studyFolder } from "../trainer/study-folder.js";
import { until } from "../wait.js";
import { reasonOf, recordedRun } from "./recorded-run.js";

const STORAGE = "sqlite:///.tunelens/studies.db";

function sourceOf(folder: string, study: string) {
  const opened = openStorage(STORAGE, { cwd: folder, readOnly: true });
  try {
    return opened.getStudy(opened.findStudy(study)!).systemAttrs["tunelens:study"];
  } finally {
    opened.close();
  }
}

describe("stopping one trial", () => {
  it("ends only that trial, as stopped; another takes its place", async () => {
    const { run, trialsStarted, finished, trials } = recordedRun("waits");
    const running = run.run();
    await until("three trials run", () => trialsStarted.length === 3);
    expect(run.stopTrial(1)).toBe(true);
    await until("a fourth trial runs", () => trialsStarted.length === 4);
    expect(finished).toMatchObject([{ number: 1, state: "FAIL", failReason: "stopped", finished: 0 }]);
    expect(trials().map(({ state }) => state)).toEqual(["RUNNING", "FAIL", "RUNNING", "RUNNING"]);
    expect(run.stopTrial(1)).toBe(false);
    run.stop();
    expect(await running).toMatchObject({ reason: "stopped" });
  });

  it("replaces the process of one that does not heed it, and the run goes on", async () => {
    const { run, trialsStarted, finished, trials, pids } = recordedRun("stubborn");
    const running = run.run();
    await until("two trials block", () => trialsStarted.length === 3);
    run.stopTrial(1);
    run.stopTrial(1);
    await until("another process runs another trial", () => trialsStarted.length === 4);
    expect(pids).toHaveLength(3);
    expect(reasonOf(trials()[1])).toBe("stopped");
    expect(trials()[2]!.state).toBe("RUNNING");
    expect(finished.filter(({ number }) => number === 1)).toMatchObject([{ failReason: "stopped" }]);
    for (let rung = 0; rung < 3; rung++) run.stop();
    await expect(running).rejects.toMatchObject({ code: "process-stopped" });
  });
});

describe("pausing", () => {
  it("lets the running trials end, and starts no more; a resume runs the rest", async () => {
    const folder = studyFolder();
    const { run, trialsStarted, trials } = recordedRun("shared", {}, folder);
    const running = run.run();
    await until("three trials run", () => trialsStarted.length >= 3);
    await run.pause(true);
    expect(await running).toMatchObject({ reason: "paused" });
    expect(trials().length).toBeLessThan(20);
    expect(trials().map(({ state }) => state)).toEqual(trials().map(() => "COMPLETE"));
    const again = recordedRun("shared", {}, folder);
    expect(await again.run.run()).toMatchObject({ reason: "trials", counts: { COMPLETE: 20 } });
  });

  it("can be taken back while trials still run: then all of them run in the end", async () => {
    const { run, trialsStarted, finished } = recordedRun("shared");
    const running = run.run();
    await until("three trials run", () => trialsStarted.length >= 3);
    await run.pause(true);
    const before = finished.length;
    await until("one of them has ended", () => finished.length > before);
    await run.pause(false);
    expect(await running).toMatchObject({ reason: "trials", counts: { COMPLETE: 20, FAIL: 0 } });
  });

  it("can be taken back although a process ends with it", async () => {
    const counts = { RUNNING: 0, WAITING: 0, COMPLETE: 1, PRUNED: 0, FAIL: 0 };
    let end = () => {};
    const ending = new Promise<void>((resolve) => (end = resolve));
    const reasons: ("paused" | "trials")[] = ["paused", "trials"];
    const process = {
      functions: {
        pause: async () => {},
        run: async () => {
          if (reasons.length === 2) await ending;
          return { reason: reasons.shift(), counts, goesOn: false };
        },
      },
      dispose: async () => {},
    } as unknown as TrainerProcess;
    let starts = 0;
    const run = new StudyRun({
      request: { file: "s.study.ts" },
      events: {} as TrainerEvents,
      start: async () => {
        starts++;
        return process;
      },
    });
    const running = run.run();
    await until("the process runs", () => starts === 1);
    await run.pause(true);
    await run.pause(false);
    end();
    expect(await running).toMatchObject({ reason: "trials" });
    expect(starts).toBe(2);
  });

  it("counts before the study has been loaded", async () => {
    const { run, trials } = recordedRun("shared");
    const running = run.run();
    await run.pause(true);
    expect(await running).toMatchObject({ reason: "paused", finished: 0 });
    expect(trials()).toEqual([]);
  });
});

describe("how a run ended is stored with its study", () => {
  const end = (folder: string, study: string) => {
    const opened = openStorage(STORAGE, { cwd: folder, readOnly: true });
    try {
      return opened.getStudy(opened.findStudy(study)!).systemAttrs["tunelens:end"];
    } finally {
      opened.close();
    }
  };

  it("if it was stopped, until it runs again", async () => {
    const folder = studyFolder();
    const { run, trialsStarted } = recordedRun("waits", {}, folder);
    const running = run.run();
    await until("three trials run", () => trialsStarted.length === 3);
    run.stop();
    await running;
    expect(end(folder, "waits")).toEqual({ reason: "stopped", error: null });
    const again = recordedRun("waits", {}, folder);
    const resumed = again.run.run();
    await until("trials run again", () => again.trialsStarted.length === 3);
    expect(end(folder, "waits")).toBeNull();
    again.run.stop();
    await resumed;
  });

  it.each([
    ["throwing", { code: "objective-failed", message: expect.stringContaining("RangeError: the fifth") as string }],
    ["hopeless", { code: "study-paused", message: expect.stringContaining("no such layer") as string }],
    ["deadly", { code: "study-paused", message: expect.stringContaining("its training process died") as string }],
  ])("if an error ended %s, whatever its other processes store", async (study, error) => {
    const folder = studyFolder();
    await expect(recordedRun(study, {}, folder).run.run()).rejects.toThrow();
    expect(end(folder, study)).toEqual({ reason: "error", error });
  });
});

describe("changing how many trials while they run", () => {
  it("ends the run earlier, and is stored, so that a resume has nothing to do", async () => {
    const folder = studyFolder();
    const { run, finished, trials } = recordedRun("shared", {}, folder);
    const running = run.run();
    await until("two trials have ended", () => finished.length >= 2);
    await run.setTrials(5);
    expect(await running).toMatchObject({ reason: "trials" });
    expect(trials().length).toBeLessThan(9);
    expect(sourceOf(folder, "shared")).toMatchObject({
      trials: 5,
      codedTrials: 20,
      changedTrials: { from: 20, to: 5 },
    });
    const again = recordedRun("shared", {}, folder);
    await again.run.run();
    expect(again.started).toMatchObject([{ trials: 5 }]);
    expect(again.trialsStarted).toEqual([]);
  });

  it("lets it run longer, even if processes have ended for want of trials", async () => {
    const { run, trialsStarted } = recordedRun("shared", { trials: 3 });
    const running = run.run();
    await until("three trials run", () => trialsStarted.length === 3);
    await run.setTrials(8);
    expect(await running).toMatchObject({ reason: "trials", counts: { COMPLETE: 8 } });
  });

  it("is stored for a study that doesn't run", async () => {
    const folder = studyFolder();
    await recordedRun("shared", { trials: 2 }, folder).run.run();
    const { trainer } = await recordedTrainer(folder);
    await trainer.functions.changeTrials({ storage: STORAGE, study: "shared", trials: 4 });
    const again = recordedRun("shared", {}, folder);
    expect(await again.run.run()).toMatchObject({ counts: { COMPLETE: 4 } });
  });
});

describe("enqueuing", () => {
  it("queues a trial of a study while others run it: it runs with just these parameters", async () => {
    const folder = studyFolder();
    const { run, finished, trials } = recordedRun("shared", {}, folder);
    const running = run.run();
    await until("a trial has ended", () => finished.length > 0);
    const { trainer } = await recordedTrainer(folder);
    await trainer.functions.enqueue({ storage: STORAGE, study: "shared", trials: [{ x: 0.125 }] });
    await running;
    const enqueued = trials().filter(({ systemAttrs }) => "fixed_params" in systemAttrs);
    expect(enqueued).toMatchObject([
      { state: "COMPLETE", params: { x: 0.125 }, values: [0.125], systemAttrs: { fixed_params: { x: 0.125 } } },
    ]);
    expect(trials()).toHaveLength(20);
  });

  it("queues a trial of a study that doesn't run; nothing if a value is impossible, which it names", async () => {
    const folder = studyFolder();
    const { run, trials } = recordedRun("shared", { trials: 1 }, folder);
    await run.run();
    const { functions } = (await recordedTrainer(folder)).trainer;
    const enqueue = (...queued: Record<string, number | string>[]) =>
      functions.enqueue({ storage: STORAGE, study: "shared", trials: queued });
    await expect(enqueue({ x: 0.5 }, { x: 2 })).rejects.toMatchObject({
      message: 'Study "shared": 2 is not a value of "x", which is float(0, 1).',
    });
    await expect(enqueue({ x: "a" })).rejects.toThrow('"a" is not a value of "x"');
    await expect(enqueue({ y: 1 })).rejects.toThrow('no trial has a parameter "y". The trials have: x.');
    expect(trials()).toHaveLength(1);
    await enqueue({ x: 0.5 }, {});
    expect(trials().slice(1)).toMatchObject([
      { state: "WAITING", systemAttrs: { fixed_params: { x: 0.5 } } },
      { state: "WAITING", systemAttrs: { fixed_params: {} } },
    ]);
  });
});
