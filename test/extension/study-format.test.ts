import { describe, expect, it } from "vitest";
import {
  describeFound,
  describeTrial,
  formatProgress,
  formatTrials,
  hasAllTrials,
  wantedTrials,
} from "../../src/extension/study-format.js";
import type { TrialSummary } from "../../src/protocol/inspector.js";
import type { StudySource } from "../../src/protocol/trainer.js";

const row: TrialSummary = {
  number: 3,
  state: "COMPLETE",
  values: [0.61234],
  params: {},
  startedAt: 0,
  durationMs: 12_300,
  lastStep: 4,
  lastValue: 0.7,
  failReason: null,
  pausedAt: null,
  continuedBy: null,
  tags: [],
  bestValue: null,
  peakMemory: null,
  isOnFront: false,
  repeats: null,
  attributes: {},
};

it("shows a validation metric before a training metric", () => {
  const progress = { number: 0, epoch: 4, epochs: 30, logs: { loss: 0.9, val_loss: 0.71 } };
  expect(formatProgress(progress)).toBe("epoch 5/30 · val_loss 0.71");
  expect(formatProgress({ ...progress, epochs: null, logs: { loss: 0.9 } })).toBe("step 4 · loss 0.9");
});

describe("a trial's line", () => {
  it.each<[Partial<TrialSummary>, string]>([
    [{}, "0.61234 · 12.3 s"],
    [{ values: [1, 2] }, "(1, 2) · 12.3 s"],
    [{ state: "PRUNED", values: [0.7] }, "0.7 · pruned at step 4 · 12.3 s"],
    [{ state: "PRUNED", values: null }, "pruned at step 4 · 12.3 s"],
    [{ state: "PRUNED", values: [0.7], pausedAt: 4 }, "0.7 · paused at step 4 · 12.3 s"],
    [
      { state: "PRUNED", values: [0.7], pausedAt: 4, continuedBy: 9 },
      "0.7 · paused at step 4 · went on as #9 · 12.3 s",
    ],
    [{ state: "FAIL", values: null, failReason: "stopped" }, "stopped · 12.3 s"],
    [{ state: "FAIL", values: null }, "failed · 12.3 s"],
    [{ state: "FAIL", values: null, failReason: "Error: broken\n  at x" }, "failed: Error: broken · 12.3 s"],
    [{ state: "WAITING", values: null, durationMs: null }, "queued"],
    [{ state: "RUNNING", values: null, durationMs: null, lastStep: null }, "running"],
    [{ state: "RUNNING", values: null, durationMs: null }, "step 4 · 0.7"],
  ])("%j", (change, text) => {
    expect(describeTrial({ ...row, ...change }, undefined)).toBe(text);
  });

  it("shows the epoch of a trial that runs here", () => {
    const progress = { number: 3, epoch: 0, epochs: 2, logs: {} };
    expect(describeTrial({ ...row, state: "RUNNING" }, progress)).toBe("epoch 1/2");
  });
});

describe("how many trials a study is to have", () => {
  const source = (trials: number | null) => ({ trials }) as StudySource;
  it.each<[number | null, number, number | null, number | null]>([
    [20, 5, 20, 20],
    [20, 5, 30, 20],
    [20, 29, 30, 30],
    [40, 30, 30, 40],
    [20, 30, 30, 30],
    [null, 5, 30, 30],
    [20, 5, null, 20],
    [null, 5, null, null],
  ])("code says %s, %d are done, the last run wanted %s: %s", (coded, finished, stored, wanted) => {
    expect(wantedTrials(coded, { finished, source: source(stored) })).toBe(wanted);
  });

  it.each([
    [20, 20, 40, 40],
    [30, 20, 40, 30],
    [null, null, 40, 40],
  ])("code says %s, the user changed %s to %d: %d", (coded, from, to, wanted) => {
    const changed = { ...source(to), changedTrials: { from, to } };
    expect(wantedTrials(coded, { finished: 5, source: changed })).toBe(wanted);
  });

  it("is what the code says before the first start", () => {
    expect(wantedTrials(20, undefined)).toBe(20);
  });

  it.each<[number | null, number, boolean]>([
    [20, 19, false],
    [20, 20, true],
    [20, 30, true],
    [null, 30, false],
  ])("code says %s, and with %d finished, it has them all: %s", (coded, finished, hasAll) => {
    expect(hasAllTrials(coded, { finished, source: null })).toBe(hasAll);
  });
});

describe("what a study has found", () => {
  const best = { number: 21, value: 0.61234, params: {} };

  it.each([
    [{ best, front: null }, "best #21: 0.61234"],
    [{ best: null, front: 5 }, "5 on the Pareto front"],
    [{ best: null, front: 0 }, undefined],
    [{ best: null, front: null }, undefined],
  ])("%j", (found, text) => {
    expect(describeFound(found)).toBe(text);
  });
});

it.each([
  [0, null, "0 trials"],
  [1, null, "1 trial"],
  [1, 1, "1/1 trials"],
  [3, 2, "3 trials"],
])("%s of %s are %s", (finished, trials, text) => {
  expect(formatTrials(finished, trials)).toBe(text);
});
