import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { patient } from "../../../src/engine/pruners/patient.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { prunedSteps, RecordedStudy } from "../recorded-study.js";

function stepOf(pruner: Pruner, curve: readonly number[], direction: "minimize" | "maximize" = "minimize") {
  return prunedSteps(new RecordedStudy("p", direction), pruner.prune, [curve])[0];
}

describe("patient", () => {
  it("ends a trial alone after patience + 1 reports that are worse than the best before", () => {
    expect(stepOf(patient(null, { patience: 1 }), [3, 2, 2.5, 2.5])).toBe(3);
    expect(stepOf(patient(null, { patience: 0 }), [3, 2, 2.5])).toBe(2);
    expect(stepOf(patient(null, { patience: 1 }), [3, 2, 2.5, 2, 2, 2])).toBeNull();
    expect(stepOf(patient(null, { patience: 1 }), [1, 2, 1.5, 1.5], "maximize")).toBe(3);
  });

  it("forgives minDelta", () => {
    expect(stepOf(patient(null, { patience: 0, minDelta: 0.5 }), [3, 2, 2.5, 2.4])).toBeNull();
    expect(stepOf(patient(null, { patience: 0, minDelta: 0.5 }), [3, 2, 2.75])).toBe(2);
  });

  it("leaves the decision to the pruner it wraps", () => {
    expect(stepOf(patient(nopPruner(), { patience: 0 }), [1, 2, 3])).toBeNull();
    const asked: number[] = [];
    const wrapped: Pruner = { name: "recorder", prune: (_, trial) => asked.push(trial.intermediateValues.size) < 0 };
    expect(stepOf(patient(wrapped, { patience: 1 }), [1, 2, 0, 3, 3])).toBeNull();
    expect(asked).toEqual([5]);
  });

  it("does not take NaN for worse", () => {
    expect(stepOf(patient(null, { patience: 0 }), [NaN, 1, NaN])).toBeNull();
    expect(stepOf(patient(null, { patience: 0 }), [1, NaN, 2])).toBe(2);
  });

  it("refuses what cannot be", () => {
    expect(() => patient(null, { patience: -1 })).toThrow(InvalidArgumentError);
    expect(() => patient(null, { patience: 1, minDelta: -1 })).toThrow("minDelta");
  });
});
