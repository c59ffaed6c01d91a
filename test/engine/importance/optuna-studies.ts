import { readFileSync } from "node:fs";
import {
  categoricalDistribution,
  floatDistribution,
  intDistribution,
  toInternal,
  type Distribution,
  type ParamValue,
} from "../../../src/engine/distribution.js";
import type { TrialSnapshot, TrialState } from "../../../src/engine/trial/trial-snapshot.js";
import type { Direction } from "../../../src/engine/storage.js";
import { trialSnapshot } from "../recorded-study.js";

interface NumericAttributes {
  low: number;
  high: number;
  log: boolean;
  step: number;
}
type OptunaDistribution =
  | { name: "FloatDistribution"; attributes: Omit<NumericAttributes, "step"> & { step: number | null } }
  | { name: "IntDistribution"; attributes: NumericAttributes }
  | { name: "CategoricalDistribution"; attributes: { choices: ParamValue[] } };

/** Parameter to importance, as Optuna gave it. */
export type Importances = Record<string, number>;
/** The same for a method that draws random numbers, over several seeds. */
interface SeededImportances {
  mean: Importances;
  std: Importances;
  per_seed: Importances[];
}

interface Study<Evaluator extends string> {
  readonly name: string;
  readonly direction: Direction;
  readonly trials: readonly TrialSnapshot[];
  readonly importances: Record<Evaluator, Importances> &
    Record<"fanova" | "fanova_unnormalized" | "mdi", SeededImportances>;
}

/** Every variant of PED-ANOVA in the fixtures; each also with `_unnormalized`. */
export const pedVariants = ["ped_anova", "ped_anova_q25", "ped_anova_global", "ped_anova_region50"] as const;
type PedVariant = (typeof pedVariants)[number];
export type OptunaStudy = Study<PedVariant | `${PedVariant}_unnormalized`>;

const plainNames = [
  "additive6_random200",
  "interaction5_random300",
  "mixed_random300",
  "hartmann6_tpe200",
  "cat_heavy_random300",
];

/** Studies in which every trial has every parameter, with importances by all methods. */
export const plainStudies: readonly OptunaStudy[] = plainNames.map((name) => {
  interface Recorded extends Omit<OptunaStudy, "trials"> {
    distributions: Record<string, OptunaDistribution>;
    trials: { number: number; state: TrialState; value: number; params: Record<string, ParamValue> }[];
  }
  const study = readJson(`importances/${name}.json`) as Recorded;
  const trials = study.trials.map(({ number, state, value, params }) => {
    const entries = Object.entries(params).map(([key, param]) => [key, [param, study.distributions[key]!]] as const);
    return toTrial(number, state, value, Object.fromEntries(entries));
  });
  return { ...study, trials };
});

/** Studies with conditional parameters, changing ranges, infinite values, too few trials; PED-ANOVA only. */
export const oddStudies: readonly OptunaStudy[] = (() => {
  interface Recorded extends Omit<OptunaStudy, "trials"> {
    /** A parameter is its value and the index of its distribution. */
    trials: {
      number: number;
      state: TrialState;
      value: number | "inf" | null;
      params: Record<string, [ParamValue, number]>;
    }[];
  }
  const { distributions, studies } = readJson("ped-anova-conditional.json") as {
    distributions: OptunaDistribution[];
    studies: Recorded[];
  };
  return studies.map((study) => {
    const trials = study.trials.map(({ number, state, value, params }) => {
      const entries = Object.entries(params).map(([name, [param, i]]) => [name, [param, distributions[i]!]] as const);
      return toTrial(number, state, value === "inf" ? Infinity : value, Object.fromEntries(entries));
    });
    return { ...study, trials };
  });
})();

type Params = Readonly<Record<string, readonly [ParamValue, OptunaDistribution]>>;

function toTrial(number: number, state: TrialState, value: number | null, params: Params): TrialSnapshot {
  const given: Record<string, ParamValue> = {};
  const internalParams: Record<string, number> = {};
  const distributions: Record<string, Distribution> = {};
  for (const [name, [param, optuna]] of Object.entries(params)) {
    given[name] = param;
    distributions[name] = toDistribution(optuna);
    internalParams[name] = toInternal(distributions[name], param);
  }
  const values = value === null ? null : [value];
  return trialSnapshot(number, { state, values, params: given, internalParams, distributions });
}

function toDistribution({ name, attributes }: OptunaDistribution): Distribution {
  if (name === "CategoricalDistribution") return categoricalDistribution(attributes.choices);
  const { low, high, ...rest } = attributes;
  if (name === "FloatDistribution") return floatDistribution(low, high, rest);
  return intDistribution(low, high, { log: rest.log, step: rest.step ?? 1 });
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/optuna/${path}`, import.meta.url), "utf8"));
}
