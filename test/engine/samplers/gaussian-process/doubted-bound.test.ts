import { describe, expect, it } from "vitest";
import {
  floatDistribution,
  intDistribution,
  type Distribution,
  type SearchSpace,
} from "../../../../src/engine/distribution.js";
import { NormalizedSpace } from "../../../../src/engine/gaussian-process/normalized-space.js";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import { leaveDoubtedBound } from "../../../../src/engine/samplers/gaussian-process/doubted-bound.js";
import { gaussianProcess } from "../../../../src/engine/samplers/gaussian-process/gaussian-process.js";
import { createStudy } from "../../../../src/engine/study/create-study.js";
import type { Trial } from "../../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../../src/storage/memory.js";

const plane: SearchSpace = new Map([
  ["x", floatDistribution(0, 1)],
  ["y", floatDistribution(0, 1)],
]);

/** What follows trials at these points, the last of which is the best. */
function next(points: readonly (readonly [number, number])[], search = plane) {
  const space = new NormalizedSpace(search);
  const observed = points.map(([x, y]) => ({ trial: undefined as never, point: Float64Array.of(x, y) }));
  const point = leaveDoubtedBound(observed, observed.at(-1)!.point, space, new SeededRng(1));
  return point && [...point];
}

const onBound = (count: number, bound: number) => Array.from({ length: count }, () => [bound, 0.5] as const);
const inside = [0.3, 0.5] as const;
const startup = onBound(5, 1);

describe("a bound near which most of the last trials are", () => {
  it.each([0, 1])("is left once in ten trials: %i", (bound) => {
    const [x, y] = next(onBound(15, bound))!;
    expect(Math.abs(x! - bound)).toBeGreaterThan(0.03);
    expect(y).toBe(0.5);
    for (const count of [10, 11, 19, 20]) expect(next(onBound(count, bound))).toBeUndefined();
  });

  it("is left where eight of ten are near it, not where seven are", () => {
    expect(next([...startup, inside, inside, ...onBound(8, 0.99)])).toBeDefined();
    expect(next([...startup, inside, inside, inside, ...onBound(7, 1)])).toBeUndefined();
    expect(next([...onBound(5, 1), ...onBound(10, 0.4)])).toBeUndefined();
  });

  it("is left twice in ten trials where there are more than three", () => {
    const space = new NormalizedSpace(new Map(["a", "b", "c", "d"].map((name) => [name, floatDistribution(0, 1)])));
    const leavesAt = (count: number, corner: readonly number[]) => {
      const point = Float64Array.from(corner);
      const observed = Array.from({ length: count }, () => ({ trial: undefined as never, point }));
      return leaveDoubtedBound(observed, point, space, new SeededRng(1)) !== undefined;
    };
    const counts = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
    expect(counts.filter((count) => leavesAt(count, [0, 1, 1, 0]))).toEqual([12, 17]);
    expect(counts.filter((count) => leavesAt(count, [0, 1, 1, 0.5]))).toEqual([15]);
  });

  it("is none of a number with few values", () => {
    const few: SearchSpace = new Map<string, Distribution>([
      ["n", intDistribution(1, 8)],
      ["y", floatDistribution(0, 1)],
    ]);
    // The continuous one is the first column.
    const points = (count: number) => Array.from({ length: count }, () => [0.5, 1 - 0.5 / 8] as const);
    expect(next(points(15), few)).toBeUndefined();
  });
});

// Ten random trials, then 44 that approach the middle of a sphere in all numbers but one, which stays on its bound.
it("the Gaussian process leaves a bound on which it would stay for good", () => {
  const names = Array.from({ length: 20 }, (_, i) => `x${i}`);
  const distributions = Object.fromEntries(names.map((name) => [name, floatDistribution(-5.12, 5.12)]));
  const sphere = (params: Readonly<Record<string, number>>) => Object.values(params).reduce((sum, x) => sum + x * x, 0);
  const study = createStudy({ storage: new MemoryStorage(), sampler: gaussianProcess(), seed: 1 });
  const rng = new SeededRng(1);
  for (let i = 0; i < 54; i++) {
    const spread = i < 10 ? 5.12 : 5.12 * 0.93 ** (i - 10);
    const draw = (k: number) => (k === 0 && i >= 10 ? 5.12 : (2 * rng.next() - 1) * spread);
    const params = Object.fromEntries(names.map((name, k) => [name, draw(k)]));
    study.addTrial({ params, distributions, value: sphere(params) });
  }
  const suggestAll = (trial: Trial) =>
    Object.fromEntries(names.map((name) => [name, trial.suggestFloat(name, -5.12, 5.12)]));
  for (let i = 0; i < 6; i++) {
    const trial = study.ask();
    study.tell(trial, sphere(suggestAll(trial)));
  }
  expect(study.bestValue).toBeLessThan(5.12 ** 2 - 5);
});
