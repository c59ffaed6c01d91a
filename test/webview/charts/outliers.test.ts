import { expect, it } from "vitest";
import { robustLimits } from "../../../webview/charts/outliers.js";

const points = (...values: number[]) => values.map((value, trial) => ({ trial, low: value, high: value }));
const accuracies = [0.97, 0.985, 0.981, 0.989, 0.976, 0.983, 0.979, 0.987, 0.984, 0.982];

it("leaves a failed start outside, so that 0.97 to 0.989 is not a line", () => {
  const limits = robustLimits(points(...accuracies, 0.098), false, null)!;
  expect(limits.min).toBeCloseTo(0.97 - 0.05 * 0.019, 10);
  expect(limits.max).toBeCloseTo(0.989 + 0.05 * 0.019, 10);
  expect([...limits.outside]).toEqual([10]);
});

it("never leaves the best trial outside", () => {
  expect(robustLimits(points(...accuracies, 0.098), false, 10)).toBeNull();
});

it("takes logarithms where the axis does, and a curve by its ends", () => {
  const losses = [0.1, 0.2, 0.15, 0.3, 0.12, 0.18, 0.22, 0.11];
  expect([...robustLimits(points(...losses, 1e12), true, null)!.outside]).toEqual([8]);
  const curves = losses.map((low, trial) => ({ trial, low, high: 2.3 + low }));
  expect(robustLimits(curves, false, null)).toBeNull();
  const limits = robustLimits([...curves, { trial: 8, low: 0.4, high: 1e6 }], false, null)!;
  expect(limits.max).toBeLessThan(3);
  expect([...limits.outside]).toEqual([8]);
});

it.each([
  ["few trials", points(1, 1, 1, 1, 1, 900)],
  ["an even spread", points(...Array.from({ length: 50 }, (_, i) => i))],
  ["equal values", points(...Array.from({ length: 50 }, () => 3))],
  ["values that are none", points(...accuracies, NaN, Infinity)],
])("changes nothing for %s", (_, some) => {
  expect(robustLimits(some, false, null)).toBeNull();
});
