import { describe, expect, it } from "vitest";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { exclusiveVolume } from "../../../src/engine/multi-objective/exclusive-volume.js";
import { hypervolume } from "../../../src/engine/multi-objective/hypervolume.js";
import { dominates, type Loss } from "../../../src/engine/multi-objective/losses.js";

const byLast = (a: Loss, b: Loss) => a.at(-1)! - b.at(-1)!;

describe("the volume that a loss adds to a front", () => {
  it.each([1, 2, 3, 4])(
    "is what the hypervolume grows by, for %i objectives, also where components are equal",
    (size) => {
      const rng = new SeededRng(size);
      // On a grid, many are.
      const component = (round: number) => (round % 2 === 0 ? rng.next() : Math.floor(rng.next() * 4) / 4);
      const reference = Array.from({ length: size }, () => 1);
      for (let round = 0; round < 200; round++) {
        const losses = Array.from({ length: 12 }, () => reference.map(() => component(round)));
        const front: Loss[] = [];
        for (const loss of losses) {
          if (front.some((other) => dominates(other, loss))) continue;
          const added = hypervolume([...front, loss], reference) - hypervolume(front, reference);
          expect(exclusiveVolume(loss, front.toSorted(byLast), reference)).toBeCloseTo(added, 12);
          front.push(loss);
        }
      }
    },
  );

  it("is without bound where the loss, or the reference point, is", () => {
    expect(exclusiveVolume([-Infinity, 0, 0], [[0, 0, 0]], [1, 1, 1])).toBe(Infinity);
    expect(exclusiveVolume([0, 0, 0], [], [1, Infinity, 1])).toBe(Infinity);
    expect(exclusiveVolume([0, 0, 0], [[-Infinity, 0, 0.5]], [1, 1, 1])).toBe(0.5);
  });
});
