import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { median } from "../../../src/engine/pruners/median.js";
import { percentile, type PercentileOptions } from "../../../src/engine/pruners/percentile.js";
import type { Direction } from "../../../src/engine/storage.js";
import { trialSnapshot, RecordedStudy } from "../recorded-study.js";

const reporting = (number: number, values: [number, number][], given: Partial<TrialSnapshot> = {}) =>
  trialSnapshot(number, { intermediateValues: new Map(values), ...given });

/** COMPLETE trials with these values at step 0, and whether a running one with `values` is pruned. */
function decide(
  references: readonly number[],
  values: [number, number][],
  options: PercentileOptions & { p?: number; direction?: Direction } = {},
): boolean {
  const { p = 50, direction = "minimize", ...rest } = { startupTrials: 0, ...options };
  const study = new RecordedStudy("s", direction);
  for (const [i, value] of references.entries()) study.put(reporting(i, [[0, value]]));
  const trial = reporting(references.length, values, { state: "RUNNING" });
  study.put(trial);
  return percentile(p, rest).prune(study, trial);
}

describe("percentile", () => {
  it("prunes what is strictly worse than the percentile", () => {
    expect(decide([1, 2, 3], [[0, 2]])).toBe(false);
    expect(decide([1, 2, 3], [[0, 2.0001]])).toBe(true);
    expect(decide([1, 2, 3], [[0, 1.9999]], { direction: "maximize" })).toBe(true);
    expect(decide([1, 2, 3], [[0, 2.9]], { direction: "maximize", p: 25 })).toBe(false);
    expect(decide([1, 2, 3], [[0, 2.4]], { direction: "maximize", p: 25 })).toBe(true);
  });

  it("judges the best value of all steps, against values at the last step", () => {
    const late: [number, number][] = [
      [0, 1],
      [1, 100],
    ];
    expect(decide([1, 2, 3], late)).toBe(false);
  });

  it("ignores NaN, and prunes what has reported nothing else", () => {
    expect(decide([NaN, 1, 3], [[0, 2]])).toBe(false);
    expect(decide([NaN, 1, 3], [[0, 2.1]])).toBe(true);
    expect(decide([NaN, NaN], [[0, 2]])).toBe(false);
    expect(decide([1], [[0, NaN]])).toBe(true);
  });

  it("takes infinite references as they come", () => {
    expect(decide([-Infinity, Infinity], [[0, 5]])).toBe(false);
    expect(decide([1, Infinity, Infinity], [[0, 5]], { p: 0 })).toBe(false);
    expect(decide([-Infinity, -Infinity, 1], [[0, 5]])).toBe(false);
  });

  it("waits for start-up trials, warm-up steps, enough values, and its interval", () => {
    expect(decide([1, 1, 1, 1], [[0, 2]], { startupTrials: 5 })).toBe(false);
    expect(decide([1, 1, 1, 1, 1], [[0, 2]], { startupTrials: 5 })).toBe(true);
    expect(decide([], [[0, 2]])).toBe(false);
    expect(decide([1], [[0, 2]], { warmupSteps: 1 })).toBe(false);
    expect(decide([1, 1], [[0, 2]], { minTrials: 3 })).toBe(false);
    expect(decide([1], [])).toBe(false);
  });

  it("makes up for a check whose step was not reported, once", () => {
    const study = new RecordedStudy("s", "minimize");
    const steps: [number, number][] = Array.from({ length: 10 }, (_, step) => [step, 1]);
    study.put(reporting(0, steps));
    const { prune } = median({ startupTrials: 1, warmupSteps: 2, intervalSteps: 3 });
    const at = (...reported: number[]) =>
      prune(
        study,
        reporting(
          1,
          reported.map((step): [number, number] => [step, 2]),
          { state: "RUNNING" },
        ),
      );
    expect([at(0), at(0, 1), at(0, 1, 2), at(0, 1, 2, 3), at(0, 1, 2, 4)]).toEqual([false, false, true, false, false]);
    expect([at(0, 1, 2, 5), at(0, 1, 2, 6), at(0, 1, 2, 6, 7), at(6, 8)]).toEqual([true, true, false, true]);
  });

  it.each([
    [() => percentile(-1), /PercentilePruner: percentile must be from 0 to 100, not -1/],
    [() => percentile(101), /percentile/],
    [() => percentile(NaN), /percentile/],
    [() => percentile(25, { startupTrials: -1 }), /startupTrials/],
    [() => median({ warmupSteps: -1 }), /MedianPruner: warmupSteps/],
    [() => median({ intervalSteps: 0 }), /intervalSteps must be an integer of at least 1, not 0/],
    [() => median({ minTrials: 0 }), /minTrials/],
  ])("refuses what cannot be (%#)", (make, message) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(message);
  });
});
