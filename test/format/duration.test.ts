import { expect, it } from "vitest";
import { formatDuration } from "../../src/format/duration.js";

it.each([
  [0, "0 ms"],
  [12.4, "12 ms"],
  [999.4, "999 ms"],
  [999.5, "1.0 s"],
  [59_940, "59.9 s"],
  [59_960, "1 min 0 s"],
  [192_000, "3 min 12 s"],
  [3_599_600, "1 h 0 min"],
  [7_500_000, "2 h 5 min"],
])("%d ms are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
