import { InvalidArgumentError } from "../errors.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { Direction } from "../storage.js";
import { SeededRng } from "../math/rng.js";
import { fanovaTrees } from "./fanova.js";
import { meanDecreaseImpurityTrees } from "./mean-decrease-impurity.js";
import { pedAnova } from "./ped-anova.js";
import { meanOverTrees, type TreeImportances } from "./tree-importances.js";

export type ImportanceEvaluator = "ped-anova" | "fanova" | "mdi";

export interface ImportanceOptions {
  /** The study's. */
  readonly directions: readonly Direction[];
  /**
   * The index, from 0, of the objective that importance refers to in a study with several. Default with "ped-anova": reaching the Pareto
   * front. The other evaluators require it.
   */
  readonly objective?: number;
  /**
   * A quantity to use instead of the objective, such as a trial's value at some step or its duration; less is better, as in Optuna.
   * COMPLETE trials for which it is not finite are left out. Cannot be combined with `objective`.
   */
  readonly target?: (trial: TrialSnapshot) => number;
  /**
   * "ped-anova": what made trials reach the best tenth; exact, fast, supports conditional parameters. "fanova": what made
   * values differ over the whole range, using a random forest; only parameters that all COMPLETE trials have. "mdi": the
   * parameters on which such a forest's splits gain most; like fanova, but includes interactions. Default "ped-anova".
   */
  readonly evaluator?: ImportanceEvaluator;
  /** Which parameters. Default: all that the evaluator supports. */
  readonly params?: readonly string[];
  /** Divide by the sum; equal shares if the sum is 0, for example with too few trials. Default true. */
  readonly normalize?: boolean;
  /** Seed of the random forest of "fanova" and "mdi", and of the samples behind intervals: the same trials and seed give the same numbers. Default 0. */
  readonly seed?: number;
  /**
   * Compute a 90% interval for each importance. This takes up to 50 times as long with "ped-anova", and no longer with the others. Default
   * false.
   */
  readonly intervals?: boolean;
}

/** How important one parameter is. */
export interface ParamImportance {
  /** Its flat name. */
  readonly name: string;
  /** At least 0; if normalized, all sum to 1. */
  readonly importance: number;
  /**
   * The 90% interval: for "fanova" and "mdi" over the trees, each grown on its own sample of the trials; for "ped-anova" over bootstrap
   * samples of the trials (Efron 1979). Only with `intervals`. If it is wide or starts near 0, the importance is still uncertain.
   */
  readonly interval?: readonly [low: number, high: number];
}

/** What an evaluator found, and what it would have found with other samples of the trials. */
interface Estimate {
  readonly importances: ReadonlyMap<string, number>;
  readonly samples: readonly ReadonlyMap<string, number>[];
}

/** Bootstrap samples for an interval: at most, at least, and how many trials they have together between. */
const sampleCounts = { most: 50, least: 20, trials: 50_000 };
/** Of the samples, the share that an interval holds. */
const COVERAGE = 0.9;

/**
 * How much each parameter matters, the most important first (ties by name).
 * @param trials of any state; COMPLETE ones with a finite value are used.
 * @returns empty if no trial is COMPLETE and no `params` are requested.
 * @throws InvalidArgumentError for a parameter that no COMPLETE trial has, an objective that the study does not have, or a missing
 *   objective if the evaluator requires one.
 */
export function paramImportances(trials: readonly TrialSnapshot[], options: ImportanceOptions): ParamImportance[] {
  const { normalize = true, intervals = false } = options;
  const { importances, samples } = evaluate(trials, options);
  const finish = (found: ReadonlyMap<string, number>) => (normalize ? normalized(found) : found);
  const finished = samples.map(finish);
  return [...finish(importances)]
    .map(([name, importance]) =>
      intervals ? { name, importance, interval: intervalOf(name, importance, finished) } : { name, importance },
    )
    .sort((a, b) => b.importance - a.importance || (a.name < b.name ? -1 : 1));
}

function normalized(importances: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sum = [...importances.values()].reduce((total, importance) => total + importance, 0);
  return new Map(
    [...importances].map(([name, importance]) => [name, sum === 0 ? 1 / importances.size : importance / sum]),
  );
}

/** Without samples nothing is known: all that can be. */
function intervalOf(
  name: string,
  importance: number,
  samples: readonly ReadonlyMap<string, number>[],
): readonly [number, number] {
  if (samples.length === 0) return [0, Math.max(1, importance)];
  const sorted = Float64Array.from(samples, (sample) => sample.get(name) ?? 0).sort();
  const cut = Math.floor(((1 - COVERAGE) / 2) * sorted.length);
  return [Math.min(importance, sorted[cut]!), Math.max(importance, sorted[sorted.length - 1 - cut]!)];
}

function evaluate(trials: readonly TrialSnapshot[], options: ImportanceOptions): Estimate {
  const { directions, evaluator = "ped-anova", params, seed, intervals } = options;
  const judged = judgedTrials(trials, options);
  if (evaluator === "ped-anova")
    return {
      importances: pedAnova(judged.trials, judged.directions, { params }),
      samples: intervals ? bootstrap(judged.trials, judged.directions, seed ?? 0) : [],
    };
  if (judged.directions.length !== 1)
    throw new InvalidArgumentError(
      `Importance by "${evaluator}" supports one objective, but this study has ${directions.length}. Set objective to the index of one.`,
    );
  const byTree =
    evaluator === "fanova"
      ? fanovaTrees(judged.trials, { params, seed })
      : meanDecreaseImpurityTrees(judged.trials, { params, seed });
  return { importances: meanOverTrees(byTree), samples: treesOf(byTree) };
}

/** PED-ANOVA of trials drawn from the COMPLETE ones, as many as there are, one perhaps several times. */
function bootstrap(
  trials: readonly TrialSnapshot[],
  directions: readonly Direction[],
  seed: number,
): ReadonlyMap<string, number>[] {
  const complete = trials.filter(({ state }) => state === "COMPLETE");
  const { most, least, trials: together } = sampleCounts;
  const count = Math.max(least, Math.min(most, Math.floor(together / complete.length)));
  return Array.from({ length: count }, (_, sample) => {
    const rng = new SeededRng(seed, sample);
    const drawn = complete.map(() => complete[Math.floor(rng.next() * complete.length)]!);
    return pedAnova(drawn, directions);
  });
}

/** Parameters that cannot vary have no importance in any tree. */
function treesOf(byTree: TreeImportances): ReadonlyMap<string, number>[] {
  const trees = Math.max(0, ...[...byTree.values()].map(({ length }) => length));
  return Array.from(
    { length: trees },
    (_, tree) => new Map([...byTree].map(([name, shares]) => [name, shares[tree] ?? 0])),
  );
}

function judgedTrials(
  trials: readonly TrialSnapshot[],
  options: ImportanceOptions,
): { readonly trials: readonly TrialSnapshot[]; readonly directions: readonly Direction[] } {
  const { directions, objective, target } = options;
  if (target === undefined) return objective === undefined ? { trials, directions } : onlyObjective(trials, options);
  if (objective !== undefined) throw new InvalidArgumentError("Importance: set target or objective, not both.");
  const complete = trials.filter(({ state }) => state === "COMPLETE");
  return { trials: complete.map((trial) => ({ ...trial, values: [target(trial)] })), directions: ["minimize"] };
}

function onlyObjective(
  trials: readonly TrialSnapshot[],
  { directions, objective = 0 }: ImportanceOptions,
): { readonly trials: readonly TrialSnapshot[]; readonly directions: readonly Direction[] } {
  const direction = directions[objective];
  if (direction === undefined)
    throw new InvalidArgumentError(
      `Importance: there is no objective ${objective}. This study has ${directions.length}, counted from 0.`,
    );
  const only = trials.map((trial) => ({ ...trial, values: trial.values && [trial.values[objective]!] }));
  return { trials: only, directions: [direction] };
}
