import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatParam,
  formatTrials,
  formatValue,
} from "../../webview/format.js";

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [42, "42"],
    [-3, "−3"],
    [0.123456789, "0.12346"],
    [1e-5, "1e−5"],
    [1.23456e-7, "1.235e−7"],
    [123456.789, "123457"],
    [1048576, "1048576"],
    [-1048576.4, "−1048576"],
    [1.5e12, "1.5e12"],
    [-0.5, "−0.5"],
    ["NaN", "NaN"],
    ["Infinity", "∞"],
    ["-Infinity", "−∞"],
  ] as const)("%s as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe("formatValue", () => {
  it.each([
    [0.5, "0.50000"],
    [12.25, "12.250"],
    [3, "3"],
    [0.0000123, "1.23e−5"],
    ["NaN", "NaN"],
  ] as const)("%s as %s", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

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

describe("formatParam", () => {
  it.each([
    [null, "null"],
    [true, "true"],
    ["relu", "relu"],
    [0.1, "0.1"],
    [undefined, ""],
  ] as const)("%s as %s", (value, text) => {
    expect(formatParam(value)).toBe(text);
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0.00 s"],
    [420, "0.42 s"],
    [12_340, "12.3 s"],
    [59_949, "59.9 s"],
    [59_950, "1 m 00 s"],
    [185_000, "3 m 05 s"],
    [3_599_600, "1 h 00 m"],
    [7_380_000, "2 h 03 m"],
  ])("%i ms as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

it("groups the digits of a count", () => {
  expect(formatCount(10_000)).toBe("10,000");
});

it.each([
  [0, "0 trials"],
  [1, "1 trial"],
  [12345, "12,345 trials"],
])("formatTrials(%s) is %s", (count, text) => {
  expect(formatTrials(count)).toBe(text);
});
