import { expect, it } from "vitest";
import type { ParallelCoordinatesData, ParamAxis, SliceData } from "../../../src/protocol/charts.js";
import { parallelCoordinates } from "../../../webview/charts/parallel-coordinates.js";
import { leftOut, nameLines } from "../../../webview/charts/param-axes.js";
import { slice } from "../../../webview/charts/slice.js";
import { makeContext, theme } from "./chart-context.js";

const rate: ParamAxis = { name: "rate", scale: "log", choices: [], range: [0.001, 0.1], values: [0.001, 0.01, null] };
const kind: ParamAxis = { name: "kind", scale: "category", choices: ["a", "b"], range: [0, 1], values: [1, 0, 1] };
const common = { params: ["rate", "kind"], total: 3, numbers: [4, 7, 9], feasible: [true, false, true] };

it("draws a slice's trials by those that have the parameter, and the best with a ring", () => {
  const data: SliceData = { ...common, values: [3, 1, 2], axes: [rate, kind] };
  const { datasets } = slice.draw(data, makeContext(), theme).data;
  const trials = datasets.map(({ data: points }) => points.map((point) => (point as { trial: number }).trial));
  // The best violates a constraint: the next one is marked, where it has the parameter.
  expect(trials).toEqual([[], [4, 7], [9], [4, 7, 9]]);
  const log = slice.draw({ ...data, values: [-3, 1, 2] }, makeContext({ log: true }), theme);
  expect(log.data.datasets.map(({ data: points }) => points.length)).toEqual([0, 1, 0, 2]);
});

it("draws a line to the low end of the axis where a trial lacks the parameter", () => {
  const data: ParallelCoordinatesData = {
    ...common,
    objectives: [{ objective: 0, range: [1, 3], values: [1, 2, 3] }],
    axes: [
      { ...rate, range: [1e-4, 1e-1], missing: 1e-4 },
      { ...kind, missing: null },
    ],
    colors: [1, 2, 3],
    isRank: false,
  };
  const { datasets } = parallelCoordinates.draw(data, makeContext(), theme).data;
  const lines = datasets.map(({ data: points }) => points.map((point) => (point as { y: number }).y));
  lines.flat().forEach((share, i) => expect(share).toBeCloseTo([0, 1 / 3, 1, 0.5, 2 / 3, 0, 1, 0, 1][i]!, 12));
  expect(datasets.map(({ trial }) => trial)).toEqual([4, 7, 9]);
  expect(parallelCoordinates.table(data, makeContext()).rows[2]).toEqual([{ trial: 9 }, 3, "–", "b"]);
});

it("tells the parameters of a branch apart where there is little room", () => {
  expect(nameLines("learningRate", 12)).toEqual(["learningRate"]);
  expect(nameLines("optimizer.adam.learningRate", 12)).toEqual(["adam", "learningRate"]);
  expect(nameLines("optimizer.momentum.learningRate", 12)).toEqual(["momentum", "learningRate"]);
});

it("says how many trials are shown where some are left out", () => {
  expect(leftOut({ ...common, axes: [] })).toBe("");
  expect(leftOut({ ...common, axes: [], total: 100_000 })).toBe("3 of 100,000 trials");
});
