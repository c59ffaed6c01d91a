import { describe, expect, it } from "vitest";
import {
  categoricalDistribution,
  checkCompatible,
  contains,
  describe as describeDistribution,
  floatDistribution,
  intDistribution,
  isSingle,
  sameDistribution,
  singleValue,
  toExternal,
  toInternal,
  type Distribution,
} from "../../src/engine/distribution.js";
import { IncompatibleDistributionError, InvalidDistributionError } from "../../src/engine/errors.js";

describe("construction", () => {
  it("fills in Optuna's defaults", () => {
    expect(floatDistribution(0, 1)).toEqual({ type: "float", low: 0, high: 1, log: false, step: null });
    expect(intDistribution(1, 5)).toEqual({ type: "int", low: 1, high: 5, log: false, step: 1 });
  });

  it.each([
    [0, 1.05, 0.1, 1],
    [0, 1, 0.1, 1],
    [0, 0.3, 0.1, 0.3],
    [-0.15, 0.2, 0.1, 0.15],
    [1e-7, 1e-6, 3e-7, 1e-6],
    [0, 1e21, 7e20, 7e20],
    [0.1, 0.35, 0.5, 0.1],
  ])("lowers the high end of float(%d, %d, step %d) to %d", (low, high, step, expected) => {
    expect(floatDistribution(low, high, { step }).high).toBe(expected);
  });

  it("lowers the high end of an int range to its step", () => {
    expect(intDistribution(0, 11, { step: 3 }).high).toBe(9);
    expect(intDistribution(-5, 5, { step: 4 }).high).toBe(3);
  });

  it.each<[string, () => Distribution]>([
    ["the range is empty", () => floatDistribution(1, 0)],
    ["finite", () => floatDistribution(0, Infinity)],
    ["finite", () => floatDistribution(NaN, 1)],
    ["cannot be combined", () => floatDistribution(0.1, 1, { log: true, step: 0.1 })],
    ["above 0", () => floatDistribution(0, 1, { log: true })],
    ["step must be", () => floatDistribution(0, 1, { step: 0 })],
    ["must be integers", () => intDistribution(0.5, 2)],
    ["the range is empty", () => intDistribution(3, 2)],
    ["start at 1", () => intDistribution(0, 8, { log: true })],
    ["cannot be combined", () => intDistribution(1, 8, { log: true, step: 2 })],
    ["step must be", () => intDistribution(1, 8, { step: 1.5 })],
    ["no choices", () => categoricalDistribution([])],
    ["appears twice", () => categoricalDistribution(["a", "b", "a"])],
    ["cannot be stored", () => categoricalDistribution([1, Infinity])],
  ])("refuses: %s", (message, construct) => {
    expect(construct).toThrow(InvalidDistributionError);
    expect(construct).toThrow(message);
  });

  it("names the parameter in the error where it is known", () => {
    expect(() => floatDistribution(0, 1, { log: true }, "lr")).toThrow(
      'Parameter "lr": float(0, 1, { log: true }): a log range must be above 0',
    );
  });
});

describe("internal and external values", () => {
  it('keeps numbers and gives choices their index, telling 1, true and "1" apart', () => {
    const mixed = categoricalDistribution([1, true, "1", null]);
    expect([1, true, "1", null].map((choice) => toInternal(mixed, choice))).toEqual([0, 1, 2, 3]);
    expect(toExternal(mixed, 3)).toBe(null);
    expect(toInternal(floatDistribution(0, 1), 0.25)).toBe(0.25);
    expect(toExternal(intDistribution(0, 9), 4)).toBe(4);
  });

  it("lets a number outside the range through, but no NaN, no string and no unknown choice", () => {
    expect(toInternal(floatDistribution(0, 1), 2)).toBe(2);
    expect(() => toInternal(floatDistribution(0, 1), NaN)).toThrow("not a value of float(0, 1)");
    expect(() => toInternal(floatDistribution(0.1, 1, { log: true }), 0)).toThrow("not a value of");
    expect(() => toInternal(intDistribution(0, 1), "1")).toThrow('"1" is not a value of int(0, 1)');
    expect(() => toInternal(categoricalDistribution(["a"]), "b")).toThrow('categorical(["a"])');
    expect(() => toExternal(categoricalDistribution(["a"]), 1)).toThrow("not a value of");
  });

  it("knows what lies in the range and on the step", () => {
    const stepped = floatDistribution(0, 0.3, { step: 0.1 });
    expect([0, 0.1, 0.2, 0.3].map((value) => contains(stepped, value))).toEqual([true, true, true, true]);
    expect(contains(stepped, 0.15)).toBe(false);
    // Optuna's own verdict: the sum is above high in doubles.
    expect(contains(stepped, 0.1 + 0.2)).toBe(false);
    expect([2, 5, 6, 11].map((value) => contains(intDistribution(2, 8, { step: 3 }), value))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([-1, 0, 1, 2, NaN].map((value) => contains(categoricalDistribution(["a", "b"]), value))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it("knows a single value", () => {
    expect(isSingle(floatDistribution(0.5, 0.5))).toBe(true);
    expect(isSingle(floatDistribution(0.1, 0.35, { step: 0.5 }))).toBe(true);
    expect(isSingle(floatDistribution(0, 1))).toBe(false);
    expect(isSingle(intDistribution(0, 2, { step: 3 }))).toBe(true);
    expect(isSingle(intDistribution(0, 3, { step: 3 }))).toBe(false);
    expect(isSingle(categoricalDistribution(["a"]))).toBe(true);
    expect(singleValue(categoricalDistribution(["a"]))).toBe("a");
    expect(singleValue(intDistribution(7, 7))).toBe(7);
  });
});

describe("comparison", () => {
  it("is equal in class and in every attribute", () => {
    expect(sameDistribution(intDistribution(0, 5), intDistribution(0, 5))).toBe(true);
    expect(sameDistribution(intDistribution(0, 5), intDistribution(0, 6))).toBe(false);
    expect(sameDistribution(intDistribution(0, 5), floatDistribution(0, 5, { step: 1 }))).toBe(false);
    expect(sameDistribution(categoricalDistribution([1, 2]), categoricalDistribution([2, 1]))).toBe(false);
  });

  it("lets a range and a step change within a study, and nothing else", () => {
    checkCompatible("x", floatDistribution(0, 1), floatDistribution(0, 5, { step: 0.5 }));
    const cases: [Distribution, Distribution][] = [
      [floatDistribution(1, 2), floatDistribution(1, 2, { log: true })],
      [floatDistribution(0, 1), intDistribution(0, 1)],
      [categoricalDistribution(["a"]), categoricalDistribution(["a", "b"])],
      [categoricalDistribution([1]), intDistribution(1, 1)],
    ];
    for (const [existing, proposed] of cases)
      expect(() => checkCompatible("x", existing, proposed)).toThrow(IncompatibleDistributionError);
    expect(() => checkCompatible("lr", floatDistribution(1, 2), intDistribution(1, 2, { log: true }))).toThrow(
      'Parameter "lr" is float(1, 2) in this study and cannot become int(1, 2, { log: true })',
    );
  });

  it("describes a distribution as a user would write it", () => {
    expect(describeDistribution(intDistribution(1, 9, { step: 2 }))).toBe("int(1, 9, { step: 2 })");
  });
});
