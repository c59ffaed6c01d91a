import { describe, expect, it } from "vitest";
import type { DashboardSnapshot, RunningState } from "../../../src/protocol/dashboard.js";
import type { StudyEnd } from "../../../src/protocol/trainer.js";
import type { StudySummary } from "../../../src/protocol/inspector.js";
import { startBlockedBy, studyProgress, studyStatus } from "../../../webview/study/study-status.js";

const source = {
  file: "a.study.ts",
  exportName: "default",
  trials: 10,
  codedTrials: 10,
  changedTrials: null,
  sampler: "TPE",
  pruner: "none",
  seed: null,
  epochs: null,
  backend: null,
  node: "v24",
  version: "1",
};

const study = (over: Partial<StudySummary> = {}): StudySummary => ({
  name: "s",
  storage: "sqlite:///s.db",
  directions: ["minimize"],
  metricNames: null,
  counts: { RUNNING: 0, COMPLETE: 4, PRUNED: 1, FAIL: 1, WAITING: 0 },
  finished: 5,
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
  source,
  params: [],
  startedAt: 0,
  changedAt: 1,
  userAttrs: {},
  note: { body: "", version: 0 },
  tags: [],
  artifacts: [],
  knownTags: [],
  inexact: [],
  error: null,
  ...over,
});

const snapshot = (over: Partial<DashboardSnapshot> = {}): DashboardSnapshot => ({
  sequence: 1,
  study: study(),
  studyName: "s",
  storage: "sqlite:///s.db",
  running: null,
  trusted: true,
  hasCode: true,
  error: null,
  ...over,
});

const running = (over: Partial<RunningState> = {}): RunningState => ({
  kind: "study",
  trials: 10,
  finished: 5,
  backend: null,
  progress: [],
  stopping: false,
  pausing: false,
  trialNumbers: [],
  ...over,
});

const ended = (reason: StudyEnd["reason"]) => snapshot({ study: study({ end: { reason, error: null } }) });

const noCounts = { RUNNING: 0, COMPLETE: 0, PRUNED: 0, FAIL: 0, WAITING: 0 };

describe("studyStatus", () => {
  it.each([
    ["loading", null, false],
    ["not-started", snapshot({ study: null }), false],
    ["deleted", snapshot({ study: null }), true],
    ["failed", snapshot({ study: null, error: { message: "boom", paused: false } }), false],
    ["failed", snapshot({ error: { message: "boom", paused: false } }), true],
    ["paused", snapshot({ error: { message: "boom", paused: true } }), true],
    ["waiting", snapshot({ study: null, running: running() }), false],
    ["waiting", snapshot({ study: study({ counts: noCounts }), running: running() }), true],
    ["running", snapshot({ running: running() }), true],
    ["stopping", snapshot({ running: running({ stopping: true }) }), true],
    ["retraining", snapshot({ running: running({ kind: "retrain" }) }), true],
    ["elsewhere", snapshot({ study: study({ workers: { processes: [7], others: 0 } }) }), true],
    ["elsewhere", snapshot({ study: study({ workers: { processes: [], others: 1 } }) }), true],
    ["stopped", snapshot({ study: study({ counts: { ...noCounts, RUNNING: 1 }, finished: 0 }) }), true],
    ["stopped", snapshot(), true],
    ["stopped", ended("stopped"), true],
    ["paused", ended("paused"), true],
    ["timed-out", ended("timeout"), true],
    ["finished", ended("terminator"), true],
    ["failed", snapshot({ study: study({ end: { reason: "error", error: { code: "x", message: "boom" } } }) }), true],
    ["all-failed", snapshot({ study: study({ counts: { ...noCounts, FAIL: 10 }, finished: 10 }) }), true],
    ["pausing", snapshot({ running: running({ pausing: true }) }), true],
    ["finished", snapshot({ study: study({ finished: 10 }) }), true],
    ["stopped", snapshot({ study: study({ finished: 10, source: { ...source, trials: null } }) }), true],
    ["empty", snapshot({ study: study({ counts: noCounts, finished: 0 }) }), true],
    ["read-only", snapshot({ hasCode: false, study: study({ source: null }) }), true],
    ["read-only", snapshot({ study: study({ olderLibrary: "2.10.1" }) }), true],
  ] as const)("%s", (status, shown, existed) => {
    expect(studyStatus(shown, existed)).toBe(status);
  });
});

describe("studyProgress", () => {
  it("is the run's while one is on, and the storage's otherwise", () => {
    expect(studyProgress(snapshot({ running: running({ finished: 7, trials: 20 }) }))).toEqual({
      finished: 7,
      total: 20,
    });
    expect(studyProgress(snapshot({ running: running({ kind: "retrain", trials: null }) }))).toEqual({
      finished: 5,
      total: 10,
    });
    expect(studyProgress(snapshot({ study: null }))).toEqual({ finished: 0, total: null });
  });
});

describe("startBlockedBy", () => {
  it("says what is in the way", () => {
    expect(startBlockedBy(snapshot())).toBeNull();
    expect(startBlockedBy(snapshot({ trusted: false }))).toMatch(/trusted workspaces/);
    expect(startBlockedBy(snapshot({ running: running() }))).toMatch(/is running/);
    expect(startBlockedBy(snapshot({ hasCode: false, study: study({ source: null }) }))).toMatch(/did not start it/);
    expect(startBlockedBy(snapshot({ hasCode: false, study: null }))).toMatch(/code/);
    expect(startBlockedBy(snapshot({ study: study({ olderLibrary: "2.10.1" }) }))).toMatch(/Optuna 2\.10\.1/);
  });
});
