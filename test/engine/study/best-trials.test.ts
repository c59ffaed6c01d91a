import { describe, expect, it } from "vitest";
import { findBestTrial, findParetoFront } from "../../../src/engine/study/best-trials.js";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { random } from "../../../src/engine/samplers/random.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { trialSnapshot } from "../recorded-study.js";

const infeasible = { "constraints:c": 1 };

describe("findBestTrial", () => {
  it("is the first of the best that is feasible and COMPLETE", () => {
    const trials = [
      trialSnapshot(0, { values: [0], systemAttrs: infeasible }),
      trialSnapshot(1, { values: [0], state: "PRUNED" }),
      trialSnapshot(2, { values: [1] }),
      trialSnapshot(3, { values: [1] }),
      trialSnapshot(4, { values: [Infinity] }),
    ];
    expect(findBestTrial(trials, "minimize")?.number).toBe(2);
    expect(findBestTrial(trials, "maximize")?.number).toBe(4);
    expect(findBestTrial(trials.slice(0, 2), "minimize")).toBeUndefined();
  });
});

describe("findParetoFront", () => {
  it("is the feasible COMPLETE trials none dominates, equal ones together", () => {
    const values = [
      [1, 1],
      [2, 2],
      [2, 1],
      [1, 1],
      [0, 9],
    ];
    const trials = values.map((pair, i) => trialSnapshot(i, { values: pair, systemAttrs: i === 4 ? infeasible : {} }));
    const front = findParetoFront(trials, ["minimize", "maximize"]);
    expect(front.map(({ number }) => number)).toEqual([0, 1, 3]);
  });
});

describe("study.hypervolume", () => {
  const study = createStudy({
    name: "s",
    storage: new MemoryStorage(),
    sampler: random(),
    directions: ["minimize", "maximize"],
  });
  study.addTrial({ values: [1, 3] });
  study.addTrial({ values: [2, 4] });
  study.addTrial({ values: [2, 1] });
  study.addTrial({ values: [9, 9] });
  study.addTrial({ values: [0, 9], systemAttrs: infeasible });

  it("is what the feasible trials within the reference point dominate", () => {
    expect(study.hypervolume([4, 0])).toBe(2 * 4 + 1 * 3);
    expect(study.hypervolume([1, 3])).toBe(0);
    expect(study.hypervolume([0, 0])).toBe(0);
  });

  it("needs one number per direction", () => {
    expect(() => study.hypervolume([4])).toThrow(InvalidArgumentError);
    expect(() => study.hypervolume([4, NaN])).toThrow(
      'Study "s": the reference point must have one number per direction',
    );
  });
});
