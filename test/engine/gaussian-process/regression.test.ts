import { describe, expect, it } from "vitest";
import { GaussianProcess } from "../../../src/engine/gaussian-process/regression.js";
import { reference, referenceParams, referenceTargets, toPoints } from "../samplers/gaussian-process/reference.js";

const points = toPoints(reference.points);
const queries = reference.queries.map((query) => Float64Array.from(query));

describe("a Gaussian process", () => {
  const process = new GaussianProcess(points, referenceTargets, referenceParams);

  it("has scikit-learn's mean and variance", () => {
    queries.forEach((query, i) => {
      process.evaluate(query);
      expect(process.mean).toBeCloseTo(reference.mean[i]!, 9);
      expect(process.variance).toBeCloseTo(reference.variance[i]!, 9);
    });
  });

  it("has them point after point", () => {
    const visited: number[] = [];
    process.evaluateEach(queries, (i) => {
      visited.push(i);
      expect(process.mean).toBeCloseTo(reference.mean[i]!, 9);
      expect(process.variance).toBeCloseTo(reference.variance[i]!, 9);
    });
    expect(visited).toEqual([...queries.keys()]);
  });

  it("is less uncertain, and expects no other value, where a trial runs", () => {
    const withPending = new GaussianProcess(points, referenceTargets, referenceParams, toPoints(reference.running));
    const query = Float64Array.from(reference.running[0]!);
    process.evaluate(query);
    withPending.evaluate(query);
    expect(withPending.mean).toBeCloseTo(process.mean, 9);
    expect(withPending.variance).toBeLessThan(1e-5);
    expect(process.variance).toBeGreaterThan(0.01);
  });

  it("has the same means at its observed points all at once, whether or not trials run", () => {
    const withPending = new GaussianProcess(points, referenceTargets, referenceParams, toPoints(reference.running));
    for (const some of [process, withPending])
      some.observedMeans(referenceTargets).forEach((mean, i) => {
        some.evaluate(Float64Array.from(reference.points[i]!));
        expect(mean).toBeCloseTo(some.mean, 9);
        expect(Math.abs(mean - referenceTargets[i]!)).toBeGreaterThan(1e-9);
      });
  });

  it("takes points that are there several times, without noise", () => {
    const rows = Array.from({ length: 20 }, () => [0.5, 0.5]);
    const params = { inverseSquaredLengthscales: Float64Array.of(1e-9, 1e-9), scale: 1e6, noise: 1e-9 };
    const same = new GaussianProcess(toPoints(rows, 2), new Float64Array(20).fill(1), params);
    same.evaluate(Float64Array.of(0.5, 0.5));
    expect(same.mean).toBeCloseTo(1, 3);
  });
});
