import { readFileSync } from "node:fs";
import type { Distribution } from "../../src/engine/distribution.js";

/** What Optuna 5.0.0 computed, as far as the TPE tests use it. Infinities and NaN are strings there. */
export interface OptunaGolden {
  readonly gamma: Readonly<Record<string, number>>;
  readonly gamma_multiobjective: Readonly<Record<string, number>>;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly parzen: readonly ParzenCase[];
  readonly truncnorm: readonly TruncatedNormalCase[];
  readonly split: readonly SplitCase[];
  readonly group: readonly GroupCase[];
}

export type MaybeNumber = number | string | null;

export interface ParzenCase {
  readonly name: string;
  readonly space: Readonly<Record<string, DistributionJson>>;
  readonly observations_internal: Readonly<Record<string, readonly number[]>>;
  readonly mixture_weights: readonly number[];
  readonly components: readonly { mu?: readonly number[]; sigma?: readonly number[]; weights?: readonly number[][] }[];
  readonly x: Readonly<Record<string, readonly number[]>>;
  readonly log_pdf: readonly number[];
}

interface TruncatedNormalCase {
  readonly a: number;
  readonly b: number;
  readonly log_gauss_mass: MaybeNumber;
  readonly ppf: Readonly<Record<string, MaybeNumber>>;
}

export interface SplitCase {
  readonly direction: "minimize" | "maximize";
  readonly n_below: number;
  readonly trials: readonly {
    readonly number: number;
    readonly state: "COMPLETE" | "PRUNED" | "RUNNING";
    readonly value: MaybeNumber;
    readonly intermediate: Readonly<Record<string, MaybeNumber>>;
    readonly constraints: Readonly<Record<string, number>>;
  }[];
  readonly below: readonly number[];
  readonly above: readonly number[];
}

/** After one more trial with these parameters, the groups there are. */
interface GroupCase {
  readonly add: readonly string[];
  readonly groups: readonly (readonly string[])[];
}

export type DistributionJson =
  | { name: "FloatDistribution"; attributes: { low: number; high: number; log: boolean; step: number | null } }
  | { name: "IntDistribution"; attributes: { low: number; high: number; log: boolean; step: number } }
  | { name: "CategoricalDistribution"; attributes: { choices: readonly string[] } };

export function readGolden(): OptunaGolden {
  return JSON.parse(readFileSync(new URL("../fixtures/optuna/golden.json", import.meta.url), "utf8")) as OptunaGolden;
}

export function goldenNumber(value: MaybeNumber): number {
  if (value === null) throw new Error("no number");
  return typeof value === "number" ? value : Number(value.replace("inf", "Infinity"));
}

export function goldenDistribution({ name, attributes }: DistributionJson): Distribution {
  if (name === "CategoricalDistribution") return { type: "categorical", ...attributes };
  return name === "FloatDistribution" ? { type: "float", ...attributes } : { type: "int", ...attributes };
}
