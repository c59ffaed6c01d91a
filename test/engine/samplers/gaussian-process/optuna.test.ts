import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chooseAcquisition, type Models } from "../../../../src/engine/samplers/gaussian-process/choose-acquisition.js";
import { fitKernelParams, NegativeLogPosterior } from "../../../../src/engine/gaussian-process/fit.js";
import { matern52, squaredDistance, type KernelParams } from "../../../../src/engine/gaussian-process/kernel.js";
import { NormalizedSpace } from "../../../../src/engine/gaussian-process/normalized-space.js";
import { GaussianProcess } from "../../../../src/engine/gaussian-process/regression.js";
import { standardize } from "../../../../src/engine/gaussian-process/scores.js";
import { distributionFromJson } from "../../../../src/storage/distribution-json.js";
import { toPoints } from "./reference.js";

interface Params {
  inverseSquaredLengthscales: number[];
  scale: number;
  noise: number;
}

interface Recorded {
  points: number[][];
  queries: number[][];
  running: number[][];
  thresholds: number[];
  models: {
    params: Params;
    targets: number[];
    kernel: number[][];
    logLikelihood: number;
    logPrior: number;
    mean: number[];
    variance: number[];
  }[];
  fits: (Params & { deterministic: boolean; model: number; logDensity: number })[];
  acquisitions: {
    name: string;
    objectives: number;
    constrained: boolean;
    feasible: boolean[];
    pending: boolean;
    draws: number[][][];
    values: number[];
    gradients: number[][];
  }[];
  normalization: {
    distributions: Record<string, unknown>;
    internal: Record<string, number>[];
    normalized: Record<string, number>[];
    coordinates: Record<string, number[]>;
  };
  standardization: { values: (number | string)[]; standardized: number[]; mean: number; deviation: number };
}

const optuna = JSON.parse(
  readFileSync(new URL("../../../fixtures/optuna/gaussian-process.json", import.meta.url), "utf8"),
) as Recorded;

const points = toPoints(optuna.points);
const queries = optuna.queries.map((query) => Float64Array.from(query));
const models = optuna.models.map(({ params, targets }) => ({
  points,
  scores: Float64Array.from(targets),
  params: paramsOf(params),
}));
/** Those of the objectives come first. */
const CONSTRAINTS_FROM = 3;

function paramsOf({ inverseSquaredLengthscales, scale, noise }: Params): KernelParams {
  return { inverseSquaredLengthscales: Float64Array.from(inverseSquaredLengthscales), scale, noise };
}

function logarithms({ inverseSquaredLengthscales, scale, noise }: KernelParams): Float64Array {
  return Float64Array.of(...inverseSquaredLengthscales.map(Math.log), Math.log(scale), Math.log(noise - 1e-6));
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) =>
    expect(Math.abs(actual[i]! - value) / Math.max(Math.abs(value), 1)).toBeLessThan(tolerance),
  );
}

describe.each(optuna.models.map((recorded, i) => ({ i, recorded, model: models[i]! })))(
  "model $i is Optuna's",
  ({ recorded, model }) => {
    it("in its kernel", () => {
      const { values, count, width, numericCount } = points;
      const { inverseSquaredLengthscales, scale } = model.params;
      for (let a = 0; a < count; a++) {
        const row = Array.from({ length: count }, (_, b) => {
          const squared = squaredDistance(
            values,
            a * width,
            values,
            b * width,
            inverseSquaredLengthscales,
            numericCount,
          );
          return scale * matern52(squared);
        });
        expectClose(row, recorded.kernel[a]!, 1e-12);
      }
    });

    it("in its density with the priors", () => {
      const density = new NegativeLogPosterior(points, model.scores, false);
      const value = -density.evaluate(logarithms(model.params), new Float64Array(points.width + 2));
      expectClose([value], [recorded.logLikelihood + recorded.logPrior], 1e-10);
    });

    it("in its mean and variance", () => {
      const process = new GaussianProcess(points, model.scores, model.params);
      const found = queries.map((query) => {
        process.evaluate(query);
        return [process.mean, process.variance] as const;
      });
      expectClose(found.map(([mean]) => mean), recorded.mean, 1e-10); // prettier-ignore
      expectClose(found.map(([, variance]) => variance), recorded.variance, 1e-10); // prettier-ignore
    });
  },
);

// Both end where the gradient is small: Optuna at 1e-5 here, ours where a step gains less than 1e-4 of the density.
it.each(optuna.fits)("a fit ends at Optuna's maximum (deterministic: $deterministic)", (expected) => {
  const { deterministic, model, logDensity } = expected;
  const fit = fitKernelParams(points, models[model]!.scores, { deterministic });
  expect(Math.abs(fit.logDensity - logDensity)).toBeLessThan(2e-3);
  expect(Math.abs(Math.log(fit.params.scale / expected.scale))).toBeLessThan(0.1);
  fit.params.inverseSquaredLengthscales.forEach((weight, k) =>
    expect(Math.abs(Math.log(weight / expected.inverseSquaredLengthscales[k]!))).toBeLessThan(0.1),
  );
  if (deterministic) expect(fit.params.noise).toBe(expected.noise);
  else expect(Math.abs(Math.log(fit.params.noise / expected.noise))).toBeLessThan(0.3);
});

describe.each(optuna.acquisitions)("$name", (recorded) => {
  const chosen: Models = {
    objectives: models.slice(0, recorded.objectives),
    constraints: recorded.constrained
      ? models.slice(CONSTRAINTS_FROM).map((model, i) => ({ ...model, threshold: optuna.thresholds[i]! }))
      : [],
    feasible: recorded.feasible,
    pending: recorded.pending ? toPoints(optuna.running) : undefined,
  };
  const create = () =>
    chooseAcquisition(chosen, (count, width) => {
      expect([count, width]).toEqual([recorded.draws.length, recorded.draws[0]![0]!.length]);
      return recorded.draws.map((rows) => Float64Array.from(rows.flat()));
    });

  it("is Optuna's for the same draws, and so is its gradient", () => {
    const acquisition = create();
    queries.forEach((query, i) => {
      const gradient = new Float64Array(4);
      expectClose([acquisition.evaluate(query, gradient)], [recorded.values[i]!], 1e-8);
      // Optuna differentiates by the choice as well, which means nothing.
      expectClose(gradient.subarray(0, 3), recorded.gradients[i]!.slice(0, 3), 1e-6);
    });
  });

  it("is the same for many points at once", () => {
    const acquisition = create();
    expectClose(acquisition.evaluateAll(queries), recorded.values, 1e-8);
  });
});

describe("the normalized space is Optuna's", () => {
  const { internal, normalized, coordinates } = optuna.normalization;
  const space = new NormalizedSpace(
    new Map(
      Object.entries(optuna.normalization.distributions).map(([name, d]) => [
        name,
        distributionFromJson(JSON.stringify(d)),
      ]),
    ),
  );
  const names = space.dimensions.map(({ name }) => name);

  it("for parameters of every kind, there and back", () => {
    internal.forEach((params, i) => {
      const point = space.normalize((name) => params[name])!;
      expectClose(point, names.map((name) => normalized[i]![name]!), 1e-12); // prettier-ignore
      for (const [name, value] of space.denormalize(point)) expect(value).toBeCloseTo(params[name]!, 9);
    });
  });

  it.each(Object.keys(coordinates))("for each value of %s", (name) => {
    const column = names.indexOf(name);
    const found = coordinates[name]!.map((_, index) => space.coordinateOf(column, index));
    expectClose(found, coordinates[name]!, 1e-12);
    expect(space.dimensions[column]!.count).toBe(coordinates[name]!.length);
  });
});

it("values are standardized as Optuna does it", () => {
  const { values, standardized, mean, deviation } = optuna.standardization;
  const found = standardize(values.map(Number));
  expectClose(found.values, standardized, 1e-12);
  expectClose([found.mean, found.deviation], [mean, deviation], 1e-12);
});
