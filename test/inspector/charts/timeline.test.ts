import { expect, it } from "vitest";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { timelineAt } from "../../../src/inspector/charts/timeline.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const START = 1_700_000_000_000;
const NOW = START + 1_000_000;

/** @param at seconds after the start. */
function trialOf(
  number: number,
  pid: number | null,
  at: [from: number, to: number | null],
  over: Partial<TrialSnapshot> = {},
) {
  return makeTrial(number, {
    systemAttrs: pid === null ? {} : { "tunelens:worker": { host: "a", pid, started: "s" } },
    datetimeStart: new Date(START + at[0] * 1_000),
    datetimeComplete: at[1] === null ? null : new Date(START + at[1] * 1_000),
    ...over,
  });
}

const timelineOf = (trials: readonly TrialSnapshot[], by?: "process" | "trial") =>
  timelineAt({ study: makeStudy("minimize"), trials }, by, NOW);

it("has a row per process where it is known which one ran a trial, and says how long each was busy", () => {
  const data = timelineOf([
    trialOf(0, 11, [0, 10]),
    trialOf(1, 12, [2, 6], { state: "PRUNED" }),
    trialOf(2, 12, [8, 12], {
      systemAttrs: { "tunelens:worker": { host: "a", pid: 12, started: "s" }, "constraints:0": 1 },
    }),
    makeTrial(3, { state: "WAITING", values: null, datetimeStart: null, datetimeComplete: null }),
  ]);
  expect(data.by).toBe("process");
  expect(data.processes).toEqual([
    { pid: 11, host: "a", processes: 1, trials: 1, span: 10_000, busy: 10_000 },
    { pid: 12, host: "a", processes: 1, trials: 2, span: 10_000, busy: 8_000 },
  ]);
  expect(
    data.bars.map(({ first, row, start, end, state, infeasible }) => [first, row, start, end, state, infeasible]),
  ).toEqual([
    [0, 0, 0, 10_000, "COMPLETE", false],
    [1, 1, 2_000, 6_000, "PRUNED", false],
    [2, 1, 8_000, 12_000, "COMPLETE", true],
  ]);
  expect(data.isLive).toBe(false);
});

it("keeps trials of unknown processes in a row of their own, in which the time that several share counts once", () => {
  const { processes } = timelineOf([trialOf(0, 11, [0, 10]), trialOf(1, null, [0, 10]), trialOf(2, null, [5, 15])]);
  expect(processes[1]).toEqual({ pid: null, host: null, processes: 0, trials: 2, span: 15_000, busy: 15_000 });
});

it("has a row per trial where no process is known, or where that is asked for", () => {
  const trials = [trialOf(0, null, [0, 10]), trialOf(1, null, [5, 15])];
  expect(timelineOf(trials)).toMatchObject({ by: "trial", processes: [], bars: [{ row: 0 }, { row: 1 }] });
  expect(timelineOf([trialOf(0, 11, [0, 10])], "trial")).toMatchObject({ by: "trial", processes: [] });
});

it("goes on until now while a trial runs, unless it runs so long that it must have been abandoned", () => {
  const running = (from: number) => trialOf(1, null, [from, null], { state: "RUNNING", values: null });
  const live = timelineOf([trialOf(0, null, [0, 500]), running(600)]);
  expect(live).toMatchObject({ isLive: true, to: NOW + 1_000 });
  const abandoned = timelineOf([trialOf(0, null, [0, 10]), running(20)]);
  expect(abandoned).toMatchObject({ isLive: false });
  expect(abandoned.bars[1]).toMatchObject({ start: 20_000, end: 20_000 });
});

it("lets many processes that worked one after the other share a row", () => {
  const trials = Array.from({ length: 100 }, (_, i) =>
    trialOf(i, 100 + i, [Math.floor(i / 2) * 10, Math.floor(i / 2) * 10 + 9]),
  );
  const { processes } = timelineOf(trials);
  expect(processes.map(({ pid, processes: count, trials: some }) => [pid, count, some])).toEqual([
    [null, 50, 50],
    [null, 50, 50],
  ]);
});

it("is small whatever the number of trials, and loses none", () => {
  const trials = Array.from({ length: 30_000 }, (_, i) =>
    trialOf(i, 100 + (i % 3), [i, i + 2.5], { state: i % 5 === 0 ? "PRUNED" : "COMPLETE" }),
  );
  for (const by of ["process", "trial"] as const) {
    const { bars, trials: all } = timelineOf(trials, by);
    expect(all).toBe(30_000);
    expect(bars.length).toBeGreaterThan(500);
    expect(bars.length).toBeLessThan(4_000);
    expect(bars.reduce((sum, bar) => sum + bar.trials, 0)).toBe(30_000);
    expect(new Set(bars.map(({ state }) => state))).toEqual(new Set(["COMPLETE"]));
  }
});

it("is empty, not broken, without trials", () => {
  expect(timelineOf([])).toEqual({
    by: "trial",
    from: NOW,
    to: NOW,
    isLive: false,
    trials: 0,
    processes: [],
    bars: [],
  });
});
