import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { wilcoxon } from "../../../src/engine/pruners/wilcoxon.js";
import { trialSnapshot, RecordedStudy } from "../recorded-study.js";

const reports = (values: readonly number[], from = 0) => new Map(values.map((value, i) => [from + i, value] as const));

function decision(best: readonly number[], current: ReadonlyMap<number, number>, options = {}): boolean {
  const study = new RecordedStudy("w", "minimize");
  study.put(trialSnapshot(0, { values: [0], intermediateValues: reports(best) }));
  study.put(trialSnapshot(1, { state: "RUNNING", intermediateValues: current }));
  return wilcoxon(options).prune(study, study.trial(1));
}

describe("wilcoxon", () => {
  const best = [1, 2, 3, 4, 5, 6];

  it("ends a trial that is worse at enough common steps", () => {
    expect(decision(best, reports([4.1, 5.2, 6.3]))).toBe(false);
    expect(decision(best, reports([4.1, 5.2, 6.3, 7.4]))).toBe(true);
    expect(decision(best, reports([4.1, 5.2, 6.3, 7.4]), { pThreshold: 0.05 })).toBe(false);
    expect(decision(best, reports([4.1, 5.2, 6.3, 7.4]), { startupSteps: 5 })).toBe(false);
  });

  it("compares step by step, whatever the order, and leaves out steps the best has not", () => {
    const shuffled = new Map([
      [3, 4.4],
      [9, -100],
      [0, 1.1],
      [2, 3.3],
      [1, 2.2],
    ]);
    expect(decision(best, shuffled)).toBe(false); // Its mean is better: the step 9 counts there.
    shuffled.set(9, 100);
    expect(decision(best, shuffled)).toBe(true);
    expect(decision(best, reports([9, 9, 9, 9, 9], 20))).toBe(false);
  });

  it("spares a trial whose mean is no worse than the best's", () => {
    expect(decision([10, 0, 0, 0, 0, 50], reports([10.1, 0.1, 0.2, 0.3, 0.4]))).toBe(false);
  });

  it("does not judge what it cannot rank", () => {
    expect(decision(best, reports([]))).toBe(false);
    expect(decision(best, reports([2, 3, NaN, 5, 6]))).toBe(false);
    expect(decision([], reports([2, 3, 4, 5, 6]))).toBe(false);
    expect(decision([1, 2, 3, 4, Infinity], reports([2, 3, 4, 5, 6]))).toBe(false);
    const alone = new RecordedStudy("w", "minimize");
    alone.put(trialSnapshot(0, { state: "RUNNING", intermediateValues: reports([1, 2]) }));
    expect(wilcoxon().prune(alone, alone.trial(0))).toBe(false);
  });

  it("refuses what cannot be", () => {
    expect(() => wilcoxon({ pThreshold: 1.5 })).toThrow(InvalidArgumentError);
    expect(() => wilcoxon({ startupSteps: -1 })).toThrow("startupSteps");
  });
});
