import { describe, expect, it } from "vitest";
import { contains, toInternal } from "../../../src/engine/distribution.js";
import type { Distribution } from "../../../src/engine/distribution.js";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { parameterRng, sampleUniform } from "../../../src/engine/samplers/uniform.js";
import { transformedBounds } from "../../../src/engine/sampled-interval.js";
import { FakeStudy } from "../fake-study.js";

describe("transformedBounds", () => {
  it("widens by half a step, before the logarithm", () => {
    expect(transformedBounds({ type: "float", low: -1, high: 1, log: false, step: null })).toEqual({
      low: -1,
      high: 1,
    });
    expect(transformedBounds({ type: "float", low: 0, high: 1, log: false, step: 0.25 })).toEqual({
      low: -0.125,
      high: 1.125,
    });
    expect(transformedBounds({ type: "int", low: 1, high: 8, log: true, step: 1 })).toEqual({
      low: Math.log(0.5),
      high: Math.log(8.5),
    });
  });
});

describe("sampleUniform", () => {
  const stepped: [string, Distribution, number[]][] = [
    ["an int", { type: "int", low: -1, high: 3, log: false, step: 1 }, [-1, 0, 1, 2, 3]],
    ["an int with a step", { type: "int", low: 0, high: 30, log: false, step: 10 }, [0, 10, 20, 30]],
    ["a float with a step", { type: "float", low: 0, high: 1, log: false, step: 0.25 }, [0, 0.25, 0.5, 0.75, 1]],
    ["a choice", { type: "categorical", choices: [0, 1, 2] }, [0, 1, 2]],
  ];
  it.each(stepped)("gives every value of %s the same share", (_, distribution, values) => {
    const shares = histogram(distribution, values);
    for (const share of shares) expect(Math.abs(share - 1 / values.length)).toBeLessThan(0.012);
  });

  it("gives a logarithmic int the mass between ln(v − 0.5) and ln(v + 0.5)", () => {
    const shares = histogram({ type: "int", low: 1, high: 4, log: true, step: 1 }, [1, 2, 3, 4]);
    shares.forEach((share, i) => {
      expect(Math.abs(share - Math.log((i + 1.5) / (i + 0.5)) / Math.log(9))).toBeLessThan(0.012);
    });
  });

  it("never reaches the high end of a continuous range, nor leaves it", () => {
    const almostOne = { next: () => 1 - 2 ** -53 };
    const zero = { next: () => 0 };
    for (const log of [false, true]) {
      const distribution: Distribution = { type: "float", low: 1e-5, high: 0.1, log, step: null };
      expect(Number(sampleUniform(distribution, almostOne))).toBeLessThan(0.1);
      expect(contains(distribution, toInternal(distribution, sampleUniform(distribution, zero)))).toBe(true);
    }
  });

  function histogram(distribution: Distribution, values: readonly number[]): number[] {
    const rng = new SeededRng(3);
    const draws = Array.from({ length: 20_000 }, () => sampleUniform(distribution, rng));
    return values.map((value) => draws.filter((draw) => draw === value).length / draws.length);
  }
});

describe("parameterRng", () => {
  it("gives each parameter of each trial numbers of its own, the same at every call", () => {
    const study = new FakeStudy(1);
    const [first, second] = [study.add(), study.add()];
    const draw = (trial: typeof first, name: string): number => parameterRng(study, trial, name).next();
    expect(draw(first, "x")).toBe(draw(first, "x"));
    expect(new Set([draw(first, "x"), draw(first, "y"), draw(second, "x"), draw(second, "y")]).size).toBe(4);
  });
});
