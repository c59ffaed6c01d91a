import { InvalidArgumentError } from "../errors.js";
import type { FrozenTrial } from "../frozen-trial.js";
import type { Direction } from "../storage.js";
import { fanova } from "./fanova.js";
import { pedAnova } from "./ped-anova.js";

export interface ImportanceOptions {
  /** The study's; exactly one, as importance is about one objective. */
  readonly directions: readonly Direction[];
  /**
   * "ped-anova": what made trials reach the best tenth; exact, fast, knows conditional parameters. "fanova": what made
   * values differ over the whole range, by a random forest; only parameters that all COMPLETE trials have. Default
   * "ped-anova".
   */
  readonly evaluator?: "ped-anova" | "fanova";
  /** Which parameters. Default: all that the evaluator can judge. */
  readonly params?: readonly string[];
  /** Divide by the sum; equal shares where the sum is 0, e.g. with too few trials. Default true. */
  readonly normalize?: boolean;
  /** Names the random forest of "fanova": the same trials and seed give the same numbers. Default 0. */
  readonly seed?: number;
}

export interface ParamImportance {
  readonly name: string;
  /** At least 0; normalised, all sum to 1. */
  readonly importance: number;
}

/**
 * How much each parameter matters, the most important first (equal ones by name).
 * @param trials of any state; COMPLETE ones with a finite value are used.
 * @returns empty where no trial is COMPLETE and no `params` are asked for.
 * @throws InvalidArgumentError for a study of several objectives, or a parameter no COMPLETE trial has.
 */
export function paramImportances(trials: readonly FrozenTrial[], options: ImportanceOptions): ParamImportance[] {
  const { directions, evaluator = "ped-anova", params, normalize = true, seed } = options;
  if (directions.length !== 1)
    throw new InvalidArgumentError(`Importance is about one objective; this study has ${directions.length}.`);
  const importances =
    evaluator === "fanova" ? fanova(trials, { params, seed }) : pedAnova(trials, directions[0]!, { params });
  const sum = [...importances.values()].reduce((total, importance) => total + importance, 0);
  const share = (importance: number) => (sum === 0 ? 1 / importances.size : importance / sum);
  return [...importances]
    .map(([name, importance]) => ({ name, importance: normalize ? share(importance) : importance }))
    .sort((a, b) => b.importance - a.importance || (a.name < b.name ? -1 : 1));
}
