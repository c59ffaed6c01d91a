import { InvalidArgumentError } from "../errors.js";
import type { FrozenTrial } from "../frozen-trial.js";
import type { Direction } from "../storage.js";
import { fanova } from "./fanova.js";
import { meanDecreaseImpurity } from "./mean-decrease-impurity.js";
import { pedAnova } from "./ped-anova.js";

export type ImportanceEvaluator = "ped-anova" | "fanova" | "mdi";

export interface ImportanceOptions {
  /** The study's. */
  readonly directions: readonly Direction[];
  /**
   * In a study of several objectives, the one that importance is about, from 0. Default with "ped-anova": reaching the Pareto front,
   * whichever objective that serves; the other evaluators need one.
   */
  readonly objective?: number;
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
 * @throws InvalidArgumentError for a parameter no COMPLETE trial has, an objective the study does not have, or none where the evaluator
 *   needs one.
 */
export function paramImportances(trials: readonly FrozenTrial[], options: ImportanceOptions): ParamImportance[] {
  const { normalize = true } = options;
  const importances = evaluate(trials, options);
  const sum = [...importances.values()].reduce((total, importance) => total + importance, 0);
  const share = (importance: number) => (sum === 0 ? 1 / importances.size : importance / sum);
  return [...importances]
    .map(([name, importance]) => ({ name, importance: normalize ? share(importance) : importance }))
    .sort((a, b) => b.importance - a.importance || (a.name < b.name ? -1 : 1));
}

function evaluate(trials: readonly FrozenTrial[], options: ImportanceOptions): Map<string, number> {
  const { directions, evaluator = "ped-anova", params, seed } = options;
  const judged = options.objective === undefined ? { trials, directions } : onlyObjective(trials, options);
  if (evaluator === "ped-anova") return pedAnova(judged.trials, judged.directions, { params });
  if (judged.directions.length !== 1)
    throw new InvalidArgumentError(
      `Importance by "${evaluator}" is about one objective; this study has ${directions.length}. Say which.`,
    );
  return evaluator === "fanova"
    ? fanova(judged.trials, { params, seed })
    : meanDecreaseImpurity(judged.trials, { params, seed });
}

function onlyObjective(
  trials: readonly FrozenTrial[],
  { directions, objective = 0 }: ImportanceOptions,
): { readonly trials: readonly FrozenTrial[]; readonly directions: readonly Direction[] } {
  const direction = directions[objective];
  if (direction === undefined)
    throw new InvalidArgumentError(
      `Importance: there is no objective ${objective}; this study has ${directions.length}, counted from 0.`,
    );
  const only = trials.map((trial) => ({ ...trial, values: trial.values && [trial.values[objective]!] }));
  return { trials: only, directions: [direction] };
}
