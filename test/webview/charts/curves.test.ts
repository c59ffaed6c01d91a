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

it("asks for the selected trials, and is not there where there are several objectives", () => {
  expect(curves.asked!({ selectedOnly: true }, [4, 2])).toEqual({ trials: [4, 2] });
  expect(curves.asked!({ which: "best", limit: 10 }, [4])).toEqual({ which: "best", limit: 10 });
  const { study } = makeContext();
  expect(curves.unavailable!(study)).toBeNull();
  expect(curves.unavailable!({ ...study, directions: ["minimize", "minimize"] })).toMatch(/report no intermediate/);
});

it("draws all so that their number shows", () => {
  const many = Array.from({ length: 100 }, (_, number) => curve(number, "COMPLETE", 2, 1));
  const alpha = (choice: Parameters<typeof makeContext<"curves">>[0]) => {
    const { datasets } = curves.draw(many, makeContext(choice), theme).data;
    return Number(/, ([\d.]+)\)/.exec(datasets[0]!.borderColor as string)![1]);
  };
  expect(alpha({ which: "spread" })).toBeLessThan(alpha({}) / 2);
});
