import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HaltonSequence } from "../../../src/engine/math/halton.js";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { SobolSequence } from "../../../src/engine/math/sobol.js";

/** Some coordinates of some points of SciPy's unscrambled sequences in 250 dimensions. */
interface Recorded {
  points: number[];
  dimensions: number[];
  sobol: number[][];
  halton: number[][];
}
const recorded = JSON.parse(
  readFileSync(new URL("../../fixtures/optuna/quasi-random.json", import.meta.url), "utf8"),
) as Recorded;

const sequences = { sobol: SobolSequence, halton: HaltonSequence };

describe.each(["sobol", "halton"] as const)("%s", (type) => {
  const Sequence = sequences[type];

  it("has SciPy's points", () => {
    const sequence = new Sequence(250);
    for (const [i, index] of recorded.points.entries()) {
      const point = sequence.point(index);
      for (const [j, dimension] of recorded.dimensions.entries())
        expect(point[dimension], `point ${index}, dimension ${dimension}`).toBeCloseTo(recorded[type][i]![j]!, 14);
    }
  });

  it("spreads evenly, also scrambled, and differently for each scrambling", () => {
    const scrambled = [1, 2].map((seed) => new Sequence(6, new SeededRng(seed)));
    for (const sequence of [new Sequence(6), ...scrambled]) {
      const points = Array.from({ length: 128 }, (_, index) => sequence.point(index));
      expect(points.flat().every((x) => x >= 0 && x < 1)).toBe(true);
      for (let dimension = 0; dimension < 6; dimension++) {
        const counts = new Array<number>(8).fill(0);
        for (const point of points) counts[Math.floor(point[dimension]! * 8)]!++;
        // Random points would leave a cell of 16 with fewer than 9 or more than 23 every few tries.
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(type === "sobol" ? 16 : 13);
        expect(Math.max(...counts)).toBeLessThanOrEqual(type === "sobol" ? 16 : 19);
      }
    }
    expect(scrambled[0]!.point(5)).not.toEqual(scrambled[1]!.point(5));
    expect(scrambled[0]!.point(0)).not.toContain(0);
  });

  it("makes a scrambled point uniform", () => {
    const firsts = Array.from({ length: 400 }, (_, seed) => new Sequence(3, new SeededRng(seed)).point(3)[2]!);
    const mean = firsts.reduce((sum, x) => sum + x / firsts.length, 0);
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / firsts.length));
    expect(Math.min(...firsts)).toBeLessThan(0.03);
    expect(Math.max(...firsts)).toBeGreaterThan(0.97);
  });
});
