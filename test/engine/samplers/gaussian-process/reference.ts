import { readFileSync } from "node:fs";
import type { KernelParams, Points } from "../../../../src/engine/gaussian-process/kernel.js";

interface Recorded {
  points: number[][];
  targets: number[];
  params: { inverseSquaredLengthscales: number[]; scale: number; noise: number };
  logPosterior: number;
  fits: {
    deterministic: boolean;
    inverseSquaredLengthscales: number[];
    scale: number;
    noise: number;
    logPosterior: number;
  }[];
  queries: number[][];
  mean: number[];
  variance: number[];
  threshold: number;
  logExpectedImprovement: number[];
  logProbabilityAbove: number[];
  running: number[][];
  standardLogExpectedImprovement: [number, number][];
}

/** What scikit-learn's Gaussian process makes of 12 observations in three numbers and one choice of three. */
export const reference = JSON.parse(
  readFileSync(new URL("../../../fixtures/scikit-learn/gaussian-process.json", import.meta.url), "utf8"),
) as Recorded;

export const referenceTargets = Float64Array.from(reference.targets);

export const referenceParams: KernelParams = {
  ...reference.params,
  inverseSquaredLengthscales: Float64Array.from(reference.params.inverseSquaredLengthscales),
};

export function toPoints(rows: readonly (readonly number[])[], numericCount = 3): Points {
  return { values: Float64Array.from(rows.flat()), count: rows.length, width: rows[0]!.length, numericCount };
}
