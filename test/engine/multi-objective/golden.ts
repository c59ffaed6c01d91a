import { readFileSync } from "node:fs";

/** What Optuna 5.0.0 made of points to be minimized. */
interface MultiObjectiveCase {
  readonly values_minimize: readonly (readonly number[])[];
  readonly ranks: readonly number[];
  readonly reference_point: readonly number[];
  readonly hypervolume: number;
  readonly hssp_input: readonly (readonly number[])[];
  readonly hssp_select_3: readonly number[];
}

const golden: { readonly multiobjective: readonly MultiObjectiveCase[] } = JSON.parse(
  readFileSync(new URL("../../fixtures/optuna/golden.json", import.meta.url), "utf8"),
);

export const multiObjectiveCases = golden.multiobjective;

/** Written by multi-objective.py, beside it. */
export interface RandomCase {
  /** Infinities are strings. */
  readonly losses: readonly (readonly (number | string)[])[];
  readonly violations: readonly number[];
  readonly ranks: readonly number[];
  readonly constrainedRanks: readonly number[];
  readonly exact: number;
  readonly exactRanks: readonly number[];
  readonly front: readonly boolean[];
  readonly hypervolume: number | string;
  readonly reference: readonly (number | string)[];
  readonly subset: readonly number[];
  readonly best: readonly number[];
  readonly crowding: readonly (number | string)[];
  readonly crowdingOrder: readonly number[];
}

export const randomCases: readonly RandomCase[] = JSON.parse(
  readFileSync(new URL("../../fixtures/optuna/multi-objective.json", import.meta.url), "utf8"),
);

export function numbers(values: readonly (number | string)[]): number[] {
  return values.map(number);
}

export function number(value: number | string): number {
  return Number(value === "inf" ? Infinity : value === "-inf" ? -Infinity : value);
}
