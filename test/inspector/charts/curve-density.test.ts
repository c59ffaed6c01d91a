import { describe, expect, it } from "vitest";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { curves } from "../../../src/inspector/charts/curves.js";
import type { OptionsOf } from "../../../src/protocol/charts.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const made = (trials: readonly TrialSnapshot[], options: OptionsOf<"curves"> = {}) =>
  curves.make({ study: makeStudy("minimize"), trials }, { chart: "curves", which: "density", ...options });

const densityOf = (...args: Parameters<typeof made>) => made(...args).density!;

const reporting = (number: number, ...points: readonly (readonly [step: number, value: number])[]) =>
  makeTrial(number, { intermediateValues: new Map(points) });

describe("the density of learning curves", () => {
  it("counts each trial once in every cell that its line passes", () => {
    const trials = [reporting(0, [0, 0], [1, 40]), reporting(1, [0, 0], [1, 0]), reporting(2, [1, 40])];
    const { columns, rows, range, counts, reached } = densityOf(trials);
    expect([columns, rows, range]).toEqual([2, 40, [0, 40]]);
    const column = (at: number) => Array.from({ length: rows }, (_, row) => counts[row * columns + at]);
    // The first trial climbs half of the way in each of the two columns.
    expect(column(0)).toEqual([2, ...new Array<number>(20).fill(1), ...new Array<number>(19).fill(0)]);
    expect(column(1)).toEqual([1, ...new Array<number>(19).fill(0), ...new Array<number>(19).fill(1), 2]);
    expect(reached).toEqual([2, 3]);
  });

  it("has places between two reported steps, at most 80 columns of them, and is as large for any number of trials", () => {
    const trials = Array.from({ length: 3_000 }, (_, i) => reporting(i, [10, i % 7], [1_009, i % 5]));
    const { columns, stepsPerColumn, firstStep, counts, reached } = densityOf(trials);
    expect([columns, stepsPerColumn, firstStep]).toEqual([80, 12.5, 10]);
    expect(counts).toHaveLength(80 * 40);
    expect(reached).toEqual(new Array(80).fill(3_000));
  });

  it("leaves out what has no place, and outliers unless they are asked for", () => {
    const trials = Array.from({ length: 40 }, (_, i) => reporting(i, [0, 1 + i / 40], [1, 1]));
    const all = [...trials, reporting(40, [0, 1e9], [1, 1]), reporting(41, [0, NaN], [1, Infinity]), makeTrial(42)];
    const { range, outside, trials: count } = densityOf(all);
    expect([range, outside, count]).toEqual([[1, 1.975], 1, 41]);
    expect(densityOf(all, { full: true })).toMatchObject({ range: [1, 1e9], outside: 1 });
  });

  it("divides the logarithms of positive values where it is asked to", () => {
    const trials = [reporting(0, [0, 1]), reporting(1, [0, 100]), reporting(2, [0, -1])];
    const { log, range, trials: count, counts } = densityOf(trials, { log: true });
    expect([log, count, counts[0], counts.at(-1)]).toEqual([true, 2, 1, 1]);
    expect(range[1] / range[0]).toBeCloseTo(100);
  });

  it("has the curves of single trials beside it, and is not there where nothing was reported", () => {
    const trials = [reporting(0, [0, 1]), reporting(1, [0, 2])];
    expect(made(trials).curves).toEqual([]);
    expect(made(trials, { trials: [1] }).curves.map(({ number }) => number)).toEqual([1]);
    expect(made([makeTrial(0)])).toEqual({ curves: [], density: null });
  });
});
