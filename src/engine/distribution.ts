/**
 * What values a parameter may take. The three classes, their rules and their JSON are Optuna 5.0's
 * (`optuna.distributions`), because a distribution is stored beside every parameter of every trial and
 * Python reads it back.
 */

/** A value a categorical parameter may take; what survives JSON in both languages. */
export type CategoricalChoice = null | boolean | number | string;

/** A parameter's value as the user sees it. */
export type ParamValue = CategoricalChoice;

export interface FloatDistribution {
  readonly type: "float";
  readonly low: number;
  /** Inclusive. Lowered to `low + k * step` when `step` does not divide the range. */
  readonly high: number;
  readonly log: boolean;
  /** `null`: continuous. Excludes `log`. */
  readonly step: number | null;
}

export interface IntDistribution {
  readonly type: "int";
  readonly low: number;
  /** Inclusive. Lowered to `low + k * step` when `step` does not divide the range. */
  readonly high: number;
  readonly log: boolean;
  /** At least 1; exactly 1 when `log`. */
  readonly step: number;
}

export interface CategoricalDistribution {
  readonly type: "categorical";
  readonly choices: readonly CategoricalChoice[];
}

export type Distribution = FloatDistribution | IntDistribution | CategoricalDistribution;

/** Parameter name to distribution. Iteration order is the order of suggestion. */
export type SearchSpace = ReadonlyMap<string, Distribution>;
