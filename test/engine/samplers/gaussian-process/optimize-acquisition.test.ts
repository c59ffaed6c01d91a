import { describe, expect, it } from "vitest";
import {
  categoricalDistribution,
  contains,
  floatDistribution,
  intDistribution,
  type Distribution,
} from "../../../../src/engine/distribution.js";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import type { Acquisition } from "../../../../src/engine/samplers/gaussian-process/acquisition.js";
import { NormalizedSpace } from "../../../../src/engine/gaussian-process/normalized-space.js";
import { optimizeAcquisition } from "../../../../src/engine/samplers/gaussian-process/optimize-acquisition.js";

/** Largest at `center`; along each coordinate it falls by the square. */
function hill(center: readonly number[]): Acquisition {
  const evaluate = (x: Float64Array, gradient?: Float64Array) => {
    let value = 0;
    center.forEach((c, k) => {
      value -= (x[k]! - c) ** 2;
      if (gradient) gradient[k]! -= 2 * (x[k]! - c);
    });
    return 10 * value;
  };
  return { evaluate, evaluateAll: (points) => Float64Array.from(points, (point) => evaluate(point)) };
}

function largest(
  space: NormalizedSpace,
  acquisition: Acquisition,
  starts: readonly Float64Array[] = [],
  observations = 10,
) {
  const lengthscales = new Float64Array(space.width).fill(0.5);
  const best = optimizeAcquisition(acquisition, space, lengthscales, starts, observations, new SeededRng(1));
  return space.denormalize(best);
}

const mixed: Record<string, Distribution> = {
  choice: categoricalDistribution(["a", "b", "c"]),
  fewInts: intDistribution(0, 10, { step: 2 }),
  x: floatDistribution(-1, 1),
  manyInts: intDistribution(0, 100_000),
  rate: floatDistribution(1e-4, 1, { log: true }),
  units: intDistribution(1, 1000, { log: true }),
  steps: floatDistribution(0, 1, { step: 0.1 }),
};

describe("optimizeAcquisition", () => {
  it.each([10, 200, 400])("finds the top in every kind of parameter (%i observations)", (observations) => {
    const space = new NormalizedSpace(new Map(Object.entries(mixed)));
    const names = space.dimensions.map(({ name }) => name);
    const target = { x: 0.3, rate: 0.01, fewInts: 6, manyInts: 73_210, units: 37, steps: 0.7, choice: 2 };
    const center = space.normalize((name) => target[name as keyof typeof target])!;
    expect(names.slice(0, 2)).toEqual(["x", "rate"]);
    expect(names.at(-1)).toBe("choice");
    const found = Object.fromEntries(largest(space, hill([...center]), [], observations));
    expect(found.x).toBeCloseTo(target.x, 3);
    expect(found.rate! / target.rate).toBeCloseTo(1, 2);
    expect(found.manyInts! / target.manyInts).toBeCloseTo(1, 3);
    expect(found).toMatchObject({ fewInts: 6, units: 37, steps: 0.7, choice: 2 });
  });

  it("stays within where the top lies outside, and takes a start from there", () => {
    const space = new NormalizedSpace(new Map(Object.entries(mixed)));
    const outside = new Float64Array(space.width).fill(3);
    for (const [name, value] of largest(space, hill([...outside]), [outside]))
      expect(contains(mixed[name]!, value), `${name} is ${value}`).toBe(true);
  });

  it("climbs from a start to a top that no other point sees", () => {
    const space = new NormalizedSpace(new Map([["x", floatDistribution(0, 1)]]));
    const needle: Acquisition = {
      evaluate: (x, gradient) => {
        const distance = (x[0]! - 0.123456789) / 1e-5;
        const value = -Math.log1p(distance * distance);
        if (Math.abs(distance) > 10) return -1000;
        if (gradient) gradient[0]! -= (2 * distance) / (1 + distance * distance) / 1e-5;
        return value;
      },
      evaluateAll: (points) => Float64Array.from(points, (point) => needle.evaluate(point)),
    };
    const start = Float64Array.of(0.12346);
    expect(largest(space, needle, [start]).get("x")).toBeCloseTo(0.123456789, 8);
  });
});

describe("NormalizedSpace", () => {
  it.each(Object.entries(mixed))("gives back every value of %s", (name, distribution) => {
    const space = new NormalizedSpace(new Map([[name, distribution]]));
    for (let i = 0; i < 200; i++) {
      const [value] = space.denormalize(space.snap([i / 200])).values();
      expect(contains(distribution, value!)).toBe(true);
      const [again] = space.denormalize(space.normalize(() => value)!).values();
      expect(again! - value!).toBeCloseTo(0, 9);
    }
  });

  it("has no point for a trial that lacks a parameter", () => {
    const space = new NormalizedSpace(new Map(Object.entries(mixed)));
    expect(space.normalize((name) => (name === "x" ? undefined : 1))).toBeUndefined();
  });
});
