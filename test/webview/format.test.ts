import { describe, expect, it } from "vitest";
import { formatBytes, formatInteger, formatTrials } from "../../webview/format.js";

describe("formatBytes", () => {
  it.each([
    [400e3, "0 MB"],
    [212_345_678, "212 MB"],
    [999.4e6, "999 MB"],
    [999.6e6, "1.00 GB"],
    [12.3456e9, "12.35 GB"],
  ])("%s as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

it("groups the digits of a count", () => {
  expect(formatInteger(10_000)).toBe("10,000");
});

it.each([
  [0, "0 trials"],
  [1, "1 trial"],
  [12345, "12,345 trials"],
])("formatTrials(%s) is %s", (count, text) => {
  expect(formatTrials(count)).toBe(text);
});
