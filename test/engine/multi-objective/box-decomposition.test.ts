import { describe, expect, it } from "vitest";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { nonDominatedBoxes, type Boxes } from "../../../src/engine/multi-objective/box-decomposition.js";
import { hypervolume } from "../../../src/engine/multi-objective/hypervolume.js";
import type { Loss } from "../../../src/engine/multi-objective/losses.js";

/** How much of the boxes a loss covers. */
function covered({ count, lower, width }: Boxes, loss: Loss): number {
  let sum = 0;
  for (let row = 0; row < count; row++)
    sum += loss.reduce((volume, value, j) => {
      const at = row * loss.length + j;
      return volume * Math.min(Math.max(-value - lower[at]!, 0), width[at]!);
    }, 1);
  return sum;
}

describe.each([2, 3, 4])("the boxes that losses of %i objectives do not dominate", (objectives) => {
  const rng = new SeededRng(objectives);
  const draw = () => Array.from({ length: objectives }, () => rng.next());
  const losses = Array.from({ length: 12 }, draw);
  losses.push([...losses[3]!]);
  const reference = losses[0]!.map(() => 1);
  const boxes = nonDominatedBoxes(losses, reference);

  it("are covered by what a loss adds to the hypervolume", () => {
    const before = hypervolume(losses, reference);
    for (const loss of [...Array.from({ length: 20 }, draw), reference.map(() => 0), losses[1]!])
      expect(covered(boxes, loss)).toBeCloseTo(hypervolume([...losses, loss], reference) - before, 12);
  });

  it("are one where there is no loss", () => {
    const { count, lower, width } = nonDominatedBoxes([], reference);
    expect([count, [...lower], [...width]]).toEqual([1, reference.map(() => -1), reference.map(() => Infinity)]);
  });
});
