import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { forestData } from "./forest-data.js";
import { meanOverTrees, type TreeImportances } from "./tree-importances.js";
import { growForest } from "./random-forest.js";
import { treeVariance } from "./tree-variance.js";

export interface FanovaOptions {
  /** Trees of the random forest. Default 64. */
  readonly trees?: number;
  /** Maximum depth of a tree. Default 64. */
  readonly maxDepth?: number;
  /** The same trials and seed give the same importances. Default 0. */
  readonly seed?: number;
  /** Which parameters. Default: those that every COMPLETE trial has with the same distribution. */
  readonly params?: readonly string[];
}

/**
 * What share of the variance of the objective each parameter explains by itself: functional ANOVA on a random forest
 * (Hutter, Hoos, Leyton-Brown 2014), as Optuna's `FanovaImportanceEvaluator`. Parameters are taken by value, log ranges
 * too.
 * @param trials of any state; COMPLETE ones with a finite value and all parameters are used.
 * @returns the importance of each parameter, 0 … 1, not normalized: interactions account for the rest. All 0 with fewer than two
 *   trials, or if the value never changes.
 * @throws InvalidArgumentError
 */
export function fanova(trials: readonly TrialSnapshot[], options: FanovaOptions = {}): Map<string, number> {
  return meanOverTrees(fanovaTrees(trials, options));
}

/** As `fanova`, by tree; a tree whose prediction never changes says nothing and is left out. */
export function fanovaTrees(trials: readonly TrialSnapshot[], options: FanovaOptions): TreeImportances {
  const { trees, maxDepth, seed = 0, params } = options;
  const { names, varying, features, targets } = forestData(trials, params, "fANOVA");
  const byTree = new Map<string, number[]>(names.map((name) => [name, []]));
  if (targets.length < 2 || varying.length === 0) return byTree;

  const distributions = varying.map(([, distribution]) => distribution);
  for (const tree of growForest(features, targets, { trees, maxDepth, seed })) {
    const { total, marginals } = treeVariance(tree, distributions);
    if (total > 0) for (const [i, [name]] of varying.entries()) byTree.get(name)!.push(marginals[i]! / total);
  }
  return byTree;
}
