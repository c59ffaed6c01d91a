import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** What `test/fixtures/optuna/cmaes.py` wrote. */
interface RecordedCmaes {
  readonly full: readonly RecordedParameters[];
  readonly separable: readonly RecordedParameters[];
  readonly runs: Readonly<Record<RecordedRun, readonly RecordedGeneration[]>>;
  readonly warmStarts: readonly {
    readonly points: readonly (readonly number[])[];
    readonly values: readonly number[];
    readonly expected: { readonly mean: number[]; readonly sigma: number; readonly covariance: number[] };
  }[];
}

type RecordedRun = "full" | "covariance" | "oneDimension" | "learningRateAdaptation" | "separable" | "margin";

interface RecordedParameters {
  readonly dimensions: number;
  readonly populationSize: number | null;
  readonly expected: Readonly<Record<string, number | readonly number[]>>;
}

export interface RecordedGeneration {
  readonly points: readonly (readonly number[])[];
  readonly values: readonly number[];
  /** With margin: what is tried for each point. */
  readonly encoded?: readonly (readonly number[])[];
  readonly after: {
    readonly mean: readonly number[];
    readonly sigma: number;
    readonly covariance: readonly number[];
    readonly sigmaPath: readonly number[];
    readonly covariancePath: readonly number[];
    readonly scales?: readonly number[];
    readonly meanRate?: number;
    readonly covarianceRate?: number;
  };
}

export const recorded = JSON.parse(
  readFileSync(new URL("../../../fixtures/optuna/cmaes.json", import.meta.url), "utf8"),
) as RecordedCmaes;

export function expectClose(actual: Iterable<number>, expected: readonly number[]): void {
  const numbers = [...actual];
  expect(numbers).toHaveLength(expected.length);
  numbers.forEach((x, i) =>
    expect(Math.abs(x - expected[i]!)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected[i]!))),
  );
}

export function solutionsOf({ points, values }: Pick<RecordedGeneration, "points" | "values">) {
  return points.map((point, i) => ({ point: Float64Array.from(point), loss: values[i]! }));
}
