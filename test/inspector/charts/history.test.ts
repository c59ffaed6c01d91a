import { describe, expect, it } from "vitest";
import type { Direction } from "../../../src/engine/storage.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { history } from "../../../src/inspector/charts/history.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const historyOf = (trials: readonly TrialSnapshot[], direction: Direction) =>
  history.make({ study: makeStudy(direction), trials }, { chart: "history" });

describe("history", () => {
  it("has COMPLETE and PRUNED values as points and COMPLETE ones as best", () => {
    const trials = [
      makeTrial(0, { values: [3] }),
      makeTrial(1, { values: [1], state: "PRUNED" }),
      makeTrial(2, { values: null, state: "FAIL" }),
      makeTrial(3, { values: [2] }),
      makeTrial(4, { values: [2] }),
      makeTrial(5, { values: null, state: "RUNNING" }),
    ];
    expect(historyOf(trials, "minimize")).toEqual({
      points: [
        [0, 3, "COMPLETE"],
        [1, 1, "PRUNED"],
        [3, 2, "COMPLETE"],
        [4, 2, "COMPLETE"],
      ],
      best: [
        [0, 3],
        [3, 2],
      ],
    });
    expect(historyOf(trials, "maximize").best).toEqual([[0, 3]]);
  });

  it("does not call an infeasible trial the best", () => {
    const trials = [
      makeTrial(0, { values: [1], systemAttrs: { "constraints:c": 0.5 } }),
      makeTrial(1, { values: [2] }),
    ];
    expect(historyOf(trials, "minimize").best).toEqual([[1, 2]]);
  });

  it("says infinities as words", () => {
    expect(historyOf([makeTrial(0, { values: [Infinity] })], "minimize").points).toEqual([[0, "Infinity", "COMPLETE"]]);
  });

  it("thins to 2,000 points and keeps every best, the extremes, the first and the last", () => {
    const value = (i: number) => (i === 7_777 ? 1e6 : 1_000 / (i + 1) + Math.sin(i));
    const trials = Array.from({ length: 10_000 }, (_, i) => makeTrial(i, { values: [value(i)] }));
    const { points, best } = historyOf(trials, "minimize");
    expect(points.length).toBeLessThanOrEqual(2_000);
    expect(points.length).toBeGreaterThan(1_500);
    const kept = new Set(points.map(([number]) => number));
    for (const number of [0, 7_777, 9_999, ...best.map(([n]) => n)]) expect(kept).toContain(number);
    let lowest = Infinity;
    const expected = trials.flatMap((_, i) => (value(i) < lowest ? [[i, (lowest = value(i))]] : []));
    expect(best).toEqual(expected);
    expect(points.map(([number]) => number)).toEqual([...kept].sort((a, b) => a - b));
  });

  it("is of the objective asked for, and of no other", () => {
    const source = {
      study: makeStudy("minimize", "maximize"),
      trials: [makeTrial(0, { values: [1, 2] }), makeTrial(1, { values: [3, 4] })],
    };
    expect(history.make(source, { chart: "history" }).best).toEqual([[0, 1]]);
    expect(history.make(source, { chart: "history", objective: 1 }).best).toEqual([
      [0, 2],
      [1, 4],
    ]);
    expect(() => history.make(source, { chart: "history", objective: 2 })).toThrow(/Study "s" has no objective 2/);
  });
});
