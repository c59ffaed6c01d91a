import { describe, expect, it, vi } from "vitest";
import { afterStudyStarted, afterTrialFinished } from "../../src/extension/live-run.js";
import { StudyStore } from "../../src/extension/study-store.js";
import type { InspectorFunctions, StudySummary } from "../../src/protocol/inspector.js";
import type { BestTrial, StudySource } from "../../src/protocol/trainer.js";

const STORAGE = "sqlite:////w/.tunelens/studies.db";
const id = { storage: STORAGE, name: "digits" };
const request = {
  kind: "study",
  file: "/w/digits.study.ts",
  folder: "/w",
  exportName: "digits",
  study: id,
  trials: 20,
} as const;

function summary(name: string, more: Partial<StudySummary> = {}): StudySummary {
  return {
    name,
    storage: "sqlite:///.tunelens/studies.db",
    directions: ["minimize"],
    metricNames: null,
    counts: { RUNNING: 0, COMPLETE: 3, PRUNED: 1, FAIL: 0, WAITING: 0 },
    finished: 4,
    stopped: 0,
    paused: 0,
    learned: [],
    best: null,
    front: null,
    extremes: null,
    end: null,
    workers: { processes: [], others: 0 },
    followUp: null,
    olderLibrary: null,
    attributes: [],
    source: null,
    params: [],
    startedAt: null,
    changedAt: null,
    userAttrs: {},
    note: { body: "", version: 0 },
    tags: [],
    artifacts: [],
    knownTags: [],
    inexact: [],
    error: null,
    ...more,
  };
}

function best(number: number): BestTrial {
  return { number, value: 0.5, params: {} };
}

function storeWith(listStudies: () => Promise<readonly StudySummary[]>, exists = true) {
  const watch = vi.fn(async () => {});
  const inspector = { listStudies: vi.fn(listStudies) } as Partial<InspectorFunctions> as InspectorFunctions;
  const unwatch = vi.fn(async () => {});
  const store = new StudyStore({ inspector, storageExists: () => exists, watch, unwatch, isTrusted: () => true });
  return { store, inspector, watch, unwatch };
}

describe("a study that other processes run", () => {
  it("is told from one that this window runs, or has just run", async () => {
    const workers = { processes: [11, 12], others: 0 };
    const { store } = storeWith(async () => [summary("digits", { workers })]);
    store.addOwnProcess(11);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.study(id)?.workers).toEqual({ processes: [12], others: 0 });
    expect(store.runsElsewhere(id)).toBe(true);
    store.addOwnProcess(12);
    await store.refreshAll();
    expect(store.runsElsewhere(id)).toBe(false);
  });
});

describe("a run that has just begun", () => {
  it("stands where its study stood, until the training process tells", async () => {
    const { store } = storeWith(async () => [summary("digits", { finished: 70, best: best(3), front: null })]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    store.beginRun(request);
    expect(store.run(id)).toMatchObject({ started: false, finished: 70, best: best(3) });
    expect(store.snapshot(id).running).toMatchObject({ finished: 70 });
  });

  it("stands there even if its storage is read only after it has begun", async () => {
    const { store } = storeWith(async () => [summary("digits", { finished: 70, best: best(3) })]);
    store.beginRun(request);
    expect(store.run(id)).toMatchObject({ finished: 0 });
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.run(id)).toMatchObject({ started: false, finished: 70, best: best(3) });
  });
});

describe("a study that nobody runs", () => {
  const error = { code: "study-paused", message: "Study digits is paused." };

  it("is what its storage says, also in a window that did not run it", async () => {
    const end = { reason: "error", error } as const;
    const { store } = storeWith(async () => [summary("digits", { end })]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.idleState(id)).toBe("paused");
    expect(store.lastError(id)).toBe(error.message);
    expect(store.snapshot(id).error).toEqual({ message: error.message, paused: true });
    const handle = store.beginRun(request);
    expect([store.idleState(id), store.lastError(id), store.snapshot(id).error]).toEqual([undefined, null, null]);
    store.endRun(handle, { code: "unknown", message: "boom" });
    expect(store.idleState(id)).toBe("failed");
  });

  it("has failed if each of its trials has, and is stopped if it was stopped before its trials were done", async () => {
    const counts = { RUNNING: 0, COMPLETE: 0, PRUNED: 0, FAIL: 4, WAITING: 0 };
    const failed = summary("digits", { counts, finished: 4 });
    const stopped = summary("other", { counts, finished: 3, end: { reason: "stopped", error: null } });
    const { store } = storeWith(async () => [failed, stopped]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.idleState(id)).toBe("all-failed");
    expect(store.idleState({ ...id, name: "other" })).toBe("stopped");
  });
});

describe("the run of a follow-up", () => {
  it("is found from the study that it follows, before and after it is stored", async () => {
    const followUp = { from: "digits", frozen: {}, taken: 0 };
    const { store } = storeWith(async () => [
      summary("digits"),
      summary("digits-x-1", { followUp }),
      summary("digits-x-1-y-2", { followUp: { ...followUp, from: "digits-x-1" } }),
      summary("loop", { followUp: { ...followUp, from: "loop" } }),
    ]);
    const run = (name: string, followUpOf: string | null = null) =>
      store.beginRun({ ...request, study: { ...id, name }, followUpOf });
    const fresh = run("digits-z-3", "digits");
    expect(store.runOfFollowUp(id)?.study.name).toBe("digits-z-3");
    store.endRun(fresh);
    await store.refreshAll();
    const other = run("loop");
    expect(store.runOfFollowUp(id)).toBeUndefined();
    store.endRun(other);
    run("digits-x-1-y-2");
    expect(store.runOfFollowUp(id)?.study.name).toBe("digits-x-1-y-2");
  });
});

describe("storages", () => {
  it("reads a new storage and watches it; its studies carry the absolute URL", async () => {
    const { store, watch } = storeWith(async () => [summary("digits")]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.study(id)).toMatchObject({ name: "digits", storage: STORAGE });
    expect(watch).toHaveBeenCalledWith(STORAGE);
  });

  it("lets go of a storage whose folder left the workspace", async () => {
    const { store, unwatch } = storeWith(async () => [summary("digits")]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    store.removeStorage(STORAGE);
    expect(store.allStorages()).toEqual([]);
    expect(unwatch).toHaveBeenCalledWith(STORAGE);
  });

  it("starts no inspector for a file that is not there", async () => {
    const { store, inspector } = storeWith(async () => [], false);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.storage(STORAGE)).toMatchObject({ loaded: true, studies: [], error: null });
    expect(inspector.listStudies).not.toHaveBeenCalled();
  });

  it("keeps what it read when the storage becomes unreadable, and says why", async () => {
    let fail = false;
    const { store } = storeWith(async () => {
      if (fail) throw Object.assign(new Error("studies.db is not a database."), { code: "not-a-database" });
      return [summary("digits")];
    });
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    fail = true;
    await store.refreshAll();
    expect(store.storage(STORAGE)).toMatchObject({ error: { code: "not-a-database" }, studies: [{ name: "digits" }] });
    expect(store.snapshot(id).error).toEqual({ message: "studies.db is not a database.", paused: false });
    fail = false;
    await store.refreshAll();
    expect(store.snapshot(id).error).toBeNull();
  });

  it("knows the code of a study from where it was opened, or from its storage, and of others none", async () => {
    const source = { file: "digits.study.ts" } as StudySource;
    const { store } = storeWith(async () => [summary("digits"), summary("ours", { source })]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.snapshot(id).hasCode).toBe(false);
    expect(store.snapshot(id, "/w/digits.study.ts").hasCode).toBe(true);
    expect(store.snapshot({ ...id, name: "ours" }).hasCode).toBe(true);
    expect(store.snapshot({ ...id, name: "gone" }).hasCode).toBe(false);
  });

  it("folds refreshes that overlap into one more", async () => {
    const answers: (() => void)[] = [];
    const listStudies = vi.fn(() => new Promise<StudySummary[]>((resolve) => answers.push(() => resolve([]))));
    const { store } = storeWith(listStudies);
    store.addStorage(STORAGE, "/w");
    const all = Promise.all([store.refresh(STORAGE), store.refresh(STORAGE), store.refresh(STORAGE)]);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers[0]!();
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]!();
    await all;
    expect(listStudies).toHaveBeenCalledTimes(2);
  });
});

describe("which study a place in the code stands for", () => {
  it("is the one it names, or the one that was started from there", async () => {
    const source = { file: "a/b.ts", exportName: "x" } as StudySource;
    const { store } = storeWith(async () => [summary("run-17", { source })]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    const code = { storage: STORAGE, file: "a/b.ts", exportName: "x" };
    expect(store.studyOf({ ...code, name: "digits" }).name).toBe("digits");
    expect(store.studyOf({ ...code, name: null }).name).toBe("run-17");
    expect(store.studyOf({ ...code, exportName: "y", name: null }).name).toBe("y");
  });
});

describe("runs", () => {
  it("counts from the trainer's words and keeps the newest best", async () => {
    const { store } = storeWith(async () => [summary("digits", { best: best(1) })]);
    store.addStorage(STORAGE, "/w");
    await store.refreshAll();
    expect(store.best(id)?.number).toBe(1);
    const run = store.beginRun(request);
    const started = { exportName: "digits", trials: 20, finishedBefore: 4, backend: null };
    run.update((state) => afterStudyStarted(state, started as Parameters<typeof afterStudyStarted>[1], id));
    run.epoch({ number: 4, epoch: 0, epochs: 3, logs: { loss: 1 } });
    expect(store.snapshot(id).running).toMatchObject({ finished: 4, trials: 20, progress: [{ number: 4 }] });
    const finished = { number: 4, best: best(4), finished: 5 };
    run.update((state) => afterTrialFinished(state, finished as Parameters<typeof afterTrialFinished>[1]));
    expect(store.best(id)?.number).toBe(4);
    expect(store.snapshot(id).running).toMatchObject({ finished: 5, progress: [] });
  });

  it("remembers the error a run ended with until the next one", () => {
    const { store } = storeWith(async () => []);
    store.endRun(store.beginRun(request), { code: "x", message: "It broke." });
    expect(store.run(id)).toBeUndefined();
    expect(store.snapshot(id)).toMatchObject({ error: { message: "It broke.", paused: false }, running: null });
    store.endRun(store.beginRun(request), { code: "study-paused", message: "It died 3 times." });
    expect(store.snapshot(id).error).toEqual({ message: "It died 3 times.", paused: true });
    store.beginRun(request);
    expect(store.snapshot(id).error).toBeNull();
  });

  it("numbers snapshots upwards", () => {
    const { store } = storeWith(async () => []);
    expect(store.snapshot(id).sequence).toBeLessThan(store.snapshot(id).sequence);
  });

  it("tells epochs at once and changes at most four times a second", () => {
    vi.useFakeTimers();
    const { store } = storeWith(async () => []);
    const changed = vi.fn();
    const progress = vi.fn();
    store.events.on("changed", changed).on("progress", progress);
    const run = store.beginRun(request);
    for (let epoch = 0; epoch < 100; epoch++) run.epoch({ number: 0, epoch, epochs: 100, logs: {} });
    expect(progress).toHaveBeenCalledTimes(100);
    expect(changed).toHaveBeenCalledTimes(1);
    for (let finished = 0; finished < 100; finished++) run.update((state) => ({ ...state, finished }));
    expect(changed).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(changed).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });
});
