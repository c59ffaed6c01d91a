import type { FrozenTrial } from "../frozen-trial.js";
import { forestData } from "./forest-data.js";
import { growForest } from "./random-forest.js";
import { treeVariance } from "./tree-variance.js";

export interface FanovaOptions {
  /** Trees of the random forest. Default 64. */
  readonly trees?: number;
  /** Splits from a tree's root to a leaf, at most. Default 64. */
  readonly maxDepth?: number;
  /** The same trials and seed give the same importances. Default 0. */
  readonly seed?: number;
  /** Which parameters. Default: those that every COMPLETE trial has, with one and the same distribution. */
  readonly params?: readonly string[];
}

/**
 * What share of the variance of the objective each parameter explains by itself: functional ANOVA on a random forest
 * (Hutter, Hoos, Leyton-Brown 2014), as Optuna's `FanovaImportanceEvaluator`. Parameters are taken by value, log ranges
 * too.
 * @param trials of any state; COMPLETE ones with a finite value and all parameters are used.
 * @returns parameter to importance, 0 … 1, not normalised: interactions take the rest. All 0 with fewer than two
 *   trials, or where the value never changes.
 * @throws InvalidArgumentError
 */
export function fanova(trials: readonly FrozenTrial[], options: FanovaOptions = {}): Map<string, number> {
  const { trees, maxDepth, seed = 0, params } = options;
  const { names, varying, features, targets } = forestData(trials, params, "fANOVA");
  const importances = new Map<string, number>(names.map((name) => [name, 0]));
  if (targets.length < 2 || varying.length === 0) return importances;

  const distributions = varying.map(([, distribution]) => distribution);
  const shares = growForest(features, targets, { trees, maxDepth, seed })
    .map((tree) => treeVariance(tree, distributions))
    .filter(({ total }) => total > 0);
  for (const [i, [name]] of varying.entries())
    for (const { total, marginals } of shares)
      importances.set(name, importances.get(name)! + marginals[i]! / total / shares.length);
  return importances;
}
