import { describe, expect, it, vi } from "vitest";
import type { ParamOutline } from "../../src/protocol/param-outline.js";

vi.mock("vscode", () => ({}));
const { describeRange, readNumber } = await import("../../src/extension/param-input.js");

const rate: ParamOutline = { name: "rate", type: "float", log: true, low: 1e-4, high: 0.1 };
const units: ParamOutline = { name: "units", type: "int", log: false, low: 8, high: 64, step: 8 };
const drop: ParamOutline = { name: "drop", type: "float", log: false, low: 0, high: 0.5, step: 0.1 };

describe("a parameter's range", () => {
  it.each([
    [rate, "0.0001 to 0.1, log"],
    [units, "8 to 64, step 8"],
    [{ ...units, step: 1 }, "8 to 64"],
    [drop, "0 to 0.5, step 0.1"],
    [
      { name: "kind", type: "categorical", log: false, choices: ["adam", null, true, 1] } as const,
      "adam, null, true, 1",
    ],
  ])("of %o reads %s", (param, text) => {
    expect(describeRange(param)).toBe(text);
  });
});

describe("a typed value", () => {
  it.each([
    [rate, " 1e-3 ", 0.001],
    [rate, "0.1", 0.1],
    [units, "24", 24],
    [drop, "0.3", 0.3],
    [rate, "", "Enter a number: 0.0001 to 0.1, log."],
    [rate, "fast", "Enter a number: 0.0001 to 0.1, log."],
    [rate, "0.2", "rate is 0.0001 to 0.1, log."],
    [rate, "Infinity", "rate is 0.0001 to 0.1, log."],
    [units, "8.5", "Enter an integer: 8 to 64, step 8."],
    [units, "12", "units is 8 to 64, step 8."],
    [drop, "0.25", "drop is 0 to 0.5, step 0.1."],
  ])("of %o: %j is read as %j", (param, input, read) => {
    expect(readNumber(param, input)).toBe(read);
  });
});
