import { expect, it } from "vitest";
import { formatDuration, formatValue } from "../../src/cli/format.js";

it.each([
  [0, "0.0 s"],
  [449, "0.4 s"],
  [59_940, "59.9 s"],
  [59_960, "1 min 0 s"],
  [192_000, "3 min 12 s"],
  [3_599_600, "1 h 0 min"],
  [7_500_000, "2 h 5 min"],
])("%d ms are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

it.each([
  [0.123456789, "0.123457"],
  [1048576, "1048576"],
  [-1048576.4, "-1048576"],
  [999999.7, "1000000"],
  [1.23456789e20, "123457000000000000000"],
  ["-Infinity", "-Infinity"],
  [null, "–"],
] as const)("the value %s is shown as %s", (value, text) => {
  expect(formatValue(value)).toBe(text);
});
