import { describe, expect, it } from "vitest";
import {
  LogExpectedImprovement,
  LogProbabilityAbove,
  standardLogExpectedImprovement,
  SumOfAcquisitions,
  type Acquisition,
} from "../../../../src/engine/samplers/gaussian-process/acquisition.js";
import { GaussianProcess } from "../../../../src/engine/gaussian-process/regression.js";
import { reference, referenceParams, referenceTargets, toPoints } from "./reference.js";

const { threshold } = reference;
const points = toPoints(reference.points);
const queries = reference.queries.map((query) => Float64Array.from(query));
const observed = () => new GaussianProcess(points, referenceTargets, referenceParams);

const acquisitions: readonly [string, () => Acquisition][] = [
  ["log expected improvement", () => new LogExpectedImprovement(observed(), threshold)],
  ["log probability", () => new LogProbabilityAbove(observed(), threshold)],
  [
    "the sum of two",
    () =>
      new SumOfAcquisitions([
        new LogExpectedImprovement(observed(), threshold),
        new LogProbabilityAbove(observed(), threshold),
      ]),
  ],
];

describe("the logarithm of the expected improvement of a standard normal", () => {
  it.each(reference.standardLogExpectedImprovement)("at %d is %d", (z, expected) => {
    expect(standardLogExpectedImprovement(z) / expected).toBeCloseTo(1, 8);
  });

  it("goes on smoothly where its formula changes, and far out", () => {
    for (const z of [-1, -100]) {
      const h = 1e-6;
      const slope = (standardLogExpectedImprovement(z + h) - standardLogExpectedImprovement(z - h)) / (2 * h);
      const before = (standardLogExpectedImprovement(z - h) - standardLogExpectedImprovement(z - 3 * h)) / (2 * h);
      expect(slope / before).toBeCloseTo(1, 3);
    }
    for (const z of [-1e3, -1e5, -1e10])
      expect(standardLogExpectedImprovement(z)).toBeCloseTo((-z * z) / 2 - 2 * Math.log(-z) - 0.9189385, 4);
  });
});

describe("acquisitions", () => {
  it("are those in closed form", () => {
    const improvement = new LogExpectedImprovement(observed(), threshold);
    const probability = new LogProbabilityAbove(observed(), threshold);
    queries.forEach((query, i) => {
      expect(improvement.evaluate(query) / reference.logExpectedImprovement[i]!).toBeCloseTo(1, 6);
      expect(probability.evaluate(query) / reference.logProbabilityAbove[i]!).toBeCloseTo(1, 6);
    });
  });

  it.each(acquisitions)("%s has the gradient of its differences", (_, create) => {
    const acquisition = create();
    for (const query of queries.slice(0, 6)) {
      const gradient = new Float64Array(4);
      acquisition.evaluate(query, gradient);
      for (let k = 0; k < 3; k++) {
        const h = 1e-6;
        const [before, after] = [-h, h].map((shift) =>
          acquisition.evaluate(query.map((x, i) => (i === k ? x + shift : x))),
        );
        expect(gradient[k]).toBeCloseTo((after! - before!) / (2 * h), 4);
      }
    }
  });

  it.each(acquisitions)("%s is the same for many points at once", (_, create) => {
    const acquisition = create();
    const values = acquisition.evaluateAll(queries);
    queries.forEach((query, i) => expect(values[i]).toBeCloseTo(acquisition.evaluate(query), 8));
  });
});
