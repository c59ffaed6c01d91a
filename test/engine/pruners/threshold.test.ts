import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { threshold, type ThresholdOptions } from "../../../src/engine/pruners/threshold.js";
import { prunedSteps, RecordedStudy } from "../recorded-study.js";

function stepOf(options: ThresholdOptions, curve: readonly number[]): number | null {
  return prunedSteps(new RecordedStudy("t", "minimize"), threshold(options).prune, [curve])[0]!;
}

describe("threshold", () => {
  it("ends a trial whose value leaves the bounds, or is no number", () => {
    expect(stepOf({ upper: 1 }, [0, 1, 1.1])).toBe(2);
    expect(stepOf({ lower: 0 }, [1e9, 0, -0.1])).toBe(2);
    expect(stepOf({ upper: 1 }, [0, NaN])).toBe(1);
    expect(stepOf({ lower: 0, upper: 1 }, [0, 1, 0.5])).toBeNull();
    expect(stepOf({ upper: 1 }, [-Infinity, Infinity])).toBe(1);
  });

  it("waits for the warm-up and for its interval", () => {
    expect(stepOf({ upper: 1, warmupSteps: 2 }, [5, 5, 0, 5])).toBe(3);
    expect(stepOf({ upper: 1, warmupSteps: 1, intervalSteps: 3 }, [0, 0, 5, 5, 0])).toBeNull();
    expect(stepOf({ upper: 1, warmupSteps: 1, intervalSteps: 3 }, [0, 0, 5, 5, 5])).toBe(4);
  });

  it("needs bounds that can be", () => {
    expect(() => threshold({})).toThrow(InvalidArgumentError);
    expect(() => threshold({ lower: 2, upper: 1 })).toThrow("the lower bound 2 is above the upper bound 1");
    expect(() => threshold({ upper: NaN })).toThrow(InvalidArgumentError);
    expect(() => threshold({ upper: 1, intervalSteps: 0 })).toThrow("intervalSteps");
  });
});
