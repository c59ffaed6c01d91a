import { describe, expect, it } from "vitest";
import type { Direction } from "../../../src/engine/storage.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { curves } from "../../../src/inspector/charts/curves.js";
import type { OptionsOf } from "../../../src/protocol/charts.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const curvesOf = (trials: readonly TrialSnapshot[], direction: Direction, options: OptionsOf<"curves">) =>
  curves.make({ study: makeStudy(direction), trials }, { chart: "curves", ...options }).curves;

const reports = (...values: number[]) => new Map(values.map((value, step) => [step, value]));

describe("curves", () => {
  it("of several objectives are those of one", () => {
    const systemAttrs = { "tunelens:report:10": [3, 4], "tunelens:report:2": [1, 2] };
    const study = makeStudy("minimize", "maximize");
    const source = { study, trials: [makeTrial(0, { systemAttrs, values: [3, 4] }), makeTrial(1, { values: [1, 1] })] };
    const pointsOf = (options: OptionsOf<"curves">) =>
      curves.make(source, { chart: "curves", ...options }).curves.map(({ points }) => points);
    const of = (first: number, second: number) => [
      [2, first],
      [10, second],
    ];
    expect(pointsOf({})).toEqual([of(1, 3)]);
    expect(pointsOf({ objective: 1 })).toEqual([of(2, 4)]);
    expect(() => pointsOf({ objective: 2 })).toThrow("no objective 2");
  });

  it("has the trials that reported, by number, values as they are", () => {
    const trials = [
      makeTrial(0),
      makeTrial(1, { intermediateValues: reports(1, NaN, 0.5), state: "PRUNED" }),
      makeTrial(2, { intermediateValues: reports(2), state: "RUNNING", values: null }),
    ];
    expect(curvesOf(trials, "minimize", {})).toEqual([
      {
        number: 1,
        state: "PRUNED",
        points: [
          [0, 1],
          [1, "NaN"],
          [2, 0.5],
        ],
      },
      { number: 2, state: "RUNNING", points: [[0, 2]] },
    ]);
    expect(curvesOf(trials, "minimize", { states: ["RUNNING"] }).map(({ number }) => number)).toEqual([2]);
  });

  it("has fewer points of each curve the more there are, its first and last always", () => {
    const values = reports(...Array.from({ length: 1_000 }, (_, step) => Math.sin(step)));
    const trials = Array.from({ length: 500 }, (_, number) => makeTrial(number, { intermediateValues: values }));
    const points = (limit: number) => curvesOf(trials, "minimize", { limit }).map(({ points }) => points);
    expect(points(500).flat().length).toBeLessThanOrEqual(20_000);
    expect(points(5).every(({ length }) => length > 300 && length <= 400)).toBe(true);
    for (const curve of [...points(500), ...points(5)]) {
      expect(curve[0]![0]).toBe(0);
      expect(curve.at(-1)![0]).toBe(999);
    }
  });

  it("has only the best, the latest, or those asked for", () => {
    const trials = Array.from({ length: 20 }, (_, i) =>
      makeTrial(i, { intermediateValues: reports(i), values: [(i * 7) % 20] }),
    );
    const numbers = (options: OptionsOf<"curves">) => curvesOf(trials, "minimize", options).map(({ number }) => number);
    expect(numbers({ which: "best", limit: 3 })).toEqual([0, 3, 6]);
    expect(numbers({ which: "latest", limit: 2 })).toEqual([18, 19]);
    expect(numbers({ trials: [5, 2, 99] })).toEqual([2, 5]);
  });

  it("chooses what runs, the best, and the latest", () => {
    const trials = Array.from({ length: 100 }, (_, i) =>
      makeTrial(i, {
        intermediateValues: reports(i),
        values: [(i * 37) % 100],
        state: i === 50 ? "RUNNING" : i > 90 ? "PRUNED" : "COMPLETE",
      }),
    );
    const numbers = (direction: "minimize" | "maximize") =>
      curvesOf(trials, direction, { limit: 5 }).map(({ number }) => number);
    // 37 · 0 = 0 and 37 · 73 = 2701 are the lowest, 37 · 27 = 999 and 37 · 54 = 1998 the highest of the hundred remainders.
    expect(numbers("minimize")).toEqual([0, 50, 73, 98, 99]);
    expect(numbers("maximize")).toEqual([27, 50, 54, 98, 99]);
  });

  it("thins a long curve and keeps its ends", () => {
    const long = makeTrial(0, { intermediateValues: reports(...Array.from({ length: 5_000 }, (_, i) => 1 / (i + 1))) });
    const [curve] = curvesOf([long], "minimize", {});
    expect(curve!.points.length).toBeLessThanOrEqual(400);
    expect(curve!.points[0]![0]).toBe(0);
    expect(curve!.points.at(-1)![0]).toBe(4_999);
  });
});
