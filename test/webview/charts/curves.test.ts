import { expect, it } from "vitest";
import type { LearningCurve } from "../../../src/protocol/charts.js";
import { curves } from "../../../webview/charts/curves.js";
import { makeContext, theme } from "./chart-context.js";

const curve = (number: number, state: LearningCurve["state"], ...values: number[]): LearningCurve => ({
  number,
  state,
  points: values.map((value, step) => [step, value]),
});

const data = [
  curve(0, "COMPLETE", 3, 2),
  curve(1, "PRUNED", 4),
  curve(2, "COMPLETE", 3, 1),
  curve(3, "RUNNING", 2),
  curve(4, "FAIL"),
];

it("lays the best on top, then what runs, then complete ones, and leaves out who reported nothing", () => {
  const context = makeContext({}, { best: 2 });
  const { datasets } = curves.draw(data, context, theme).data;
  expect(datasets.map(({ label }) => label)).toEqual(["#2 · best", "#3 · running", "#0 · complete", "#1 · pruned"]);
  expect(curves.summary(data, context)).toBe("Learning curves of 4 trials. Running: #3.");
});

it("leaves a gap where a logarithmic axis has no place", () => {
  const { datasets } = curves.draw([curve(0, "COMPLETE", 2, -1)], makeContext({ log: true }), theme).data;
  expect(datasets[0]!.data).toEqual([
    { x: 0, y: 2 },
    { x: 1, y: NaN },
  ]);
});
