import { describe, expect, it } from "vitest";
import {
  evenReferencePoints,
  finite,
  nearestLines,
  normalized,
  survivorsByReference,
} from "../../../../src/engine/samplers/genetic/reference-points.js";
import { constrainedDominates, survivorsByCrowding } from "../../../../src/engine/samplers/genetic/survival.js";
import { trialSnapshot } from "../../recorded-study.js";
import { fixture, Replay, trialsOf } from "./optuna-genetic.js";

const strategies = {
  nsga2: survivorsByCrowding,
  nsga3: survivorsByReference((objectives) => evenReferencePoints(objectives, 3)),
};

describe.each(fixture.survivors)("$kind: $size of $trials.length trials, $objectives objectives", (example) => {
  it("survive that do in Optuna", () => {
    const rng = new Replay(example.drawn);
    const directions = Array.from({ length: example.objectives }, () => "minimize" as const);
    const ours = strategies[example.kind](trialsOf(example.trials), directions, example.size, rng);
    expect(ours.map(({ number }) => number)).toEqual(example.survivors);
    expect(rng.isUsedUp).toBe(true);
  });
});

describe("constrainedDominates", () => {
  const trial = (values: number[], violation: number) =>
    trialSnapshot(0, { values, systemAttrs: { "constraints:c": violation } });
  const dominates = constrainedDominates(["minimize", "maximize"]);

  it("puts what is feasible first, then who violates less", () => {
    expect(dominates(trial([9, 0], 0), trial([0, 9], 1))).toBe(true);
    expect(dominates(trial([0, 9], 1), trial([9, 0], 0))).toBe(false);
    expect(dominates(trial([9, 0], 1), trial([0, 9], 2))).toBe(true);
    expect(dominates(trial([0, 9], 0), trial([9, 0], 0))).toBe(true);
    expect(dominates(trial([0, 0], 0), trial([9, 9], 0))).toBe(false);
    expect(dominates(trial([0, 0], 0), trial([0, 0], 0))).toBe(false);
  });
});

describe("reference points", () => {
  it("are spread evenly", () => {
    expect(evenReferencePoints(2, 2)).toEqual([
      [2, 0],
      [1, 1],
      [0, 2],
    ]);
    expect(evenReferencePoints(4, 3)).toHaveLength(20);
  });

  it("are near by the line through them", () => {
    const lines = [
      [1, 0],
      [2, 2],
    ];
    expect(nearestLines([[5, 5]], lines)).toEqual([{ line: 1, distance: 0 }]);
    expect(nearestLines([[3, 1]], lines)).toEqual([{ line: 0, distance: 1 }]);
  });

  it("meet losses moved to the ideal point and scaled, infinite ones brought near", () => {
    expect(finite([[0], [2], [Infinity], [-Infinity]])).toEqual([[0], [2], [8], [-6]]);
    expect(
      normalized([
        [1, 30],
        [3, 10],
      ]),
    ).toEqual([
      [0, 1],
      [1, 0],
    ]);
    // One extreme point twice: no plane.
    expect(
      normalized([
        [0, 0],
        [2, 5],
      ]),
    ).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
});
