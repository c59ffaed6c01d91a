import { InvalidArgumentError } from "../errors.js";
import type { FrozenTrial } from "../frozen-trial.js";
import type { Direction } from "../storage.js";
import { fanova } from "./fanova.js";
import { meanDecreaseImpurity } from "./mean-decrease-impurity.js";
import { pedAnova } from "./ped-anova.js";

export type ImportanceEvaluator = "ped-anova" | "fanova" | "mdi";

export interface ImportanceOptions {
  /** The study's; exactly one, as importance is about one objective. */
  readonly directions: readonly Direction[];
  /**
   * "ped-anova": what made trials reach the best tenth; exact, fast, knows conditional parameters. "fanova": what made
   * values differ over the whole range, by a random forest; only parameters that all COMPLETE trials have. "mdi": which
   * parameters such a forest splits on with most gain; as fanova, but interactions count. Default "ped-anova".
   */
  readonly evaluator?: ImportanceEvaluator;
  /** Which parameters. Default: all that the evaluator can judge. */
  readonly params?: readonly string[];
  /** Divide by the sum; equal shares where the sum is 0, e.g. with too few trials. Default true. */
  readonly normalize?: boolean;
  /** Names the random forest of "fanova" and "mdi": the same trials and seed give the same numbers. Default 0. */
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
  const importances = evaluate(trials, directions[0]!, evaluator, { params, seed });
  const sum = [...importances.values()].reduce((total, importance) => total + importance, 0);
  const share = (importance: number) => (sum === 0 ? 1 / importances.size : importance / sum);
  return [...importances]
    .map(([name, importance]) => ({ name, importance: normalize ? share(importance) : importance }))
    .sort((a, b) => b.importance - a.importance || (a.name < b.name ? -1 : 1));
}

function evaluate(
  trials: readonly FrozenTrial[],
  direction: Direction,
  evaluator: ImportanceEvaluator,
  options: Pick<ImportanceOptions, "params" | "seed">,
): Map<string, number> {
  if (evaluator === "fanova") return fanova(trials, options);
  if (evaluator === "mdi") return meanDecreaseImpurity(trials, options);
  return pedAnova(trials, direction, { params: options.params });
}
