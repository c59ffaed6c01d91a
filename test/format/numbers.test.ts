import { describe, expect, it } from "vitest";
import { formatAligned, formatNumber, formatParam } from "../../src/format/numbers.js";

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [42, "42"],
    [-3, "-3"],
    [0.123456789, "0.12346"],
    [1e-5, "1e-5"],
    [1.23456e-7, "1.235e-7"],
    [123456.789, "123457"],
    [1048576, "1048576"],
    [-1048576.4, "-1048576"],
    [999999.7, "1000000"],
    [1.5e12, "1.5e12"],
    [-0.5, "-0.5"],
    ["NaN", "NaN"],
    ["Infinity", "∞"],
    ["-Infinity", "-∞"],
  ] as const)("%s as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe("formatAligned", () => {
  it.each([
    [0.5, "0.50000"],
    [12.25, "12.250"],
    [3, "3"],
    [0.0000123, "1.23e-5"],
    ["NaN", "NaN"],
  ] as const)("%s as %s", (value, text) => {
    expect(formatAligned(value)).toBe(text);
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
