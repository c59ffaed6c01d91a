import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { FanovaOptions } from "./fanova.js";
import { forestData } from "./forest-data.js";
import { growForest, type GrownTree } from "./random-forest.js";
import { meanOverTrees, type TreeImportances } from "./tree-importances.js";

export type MeanDecreaseImpurityOptions = FanovaOptions;

/**
 * What share of a random forest's gain in accuracy comes from splits on each parameter (Breiman 2001; Louppe et al. 2013,
 * "Understanding variable importances in forests of randomized trees"): Optuna's
 * `MeanDecreaseImpurityImportanceEvaluator`. Fast; counts interactions to the parameters that take part in them, and
 * prefers parameters with many values. Parameters are taken by value, log ranges too.
 * @param trials of any state; COMPLETE ones with a finite value and all parameters are used.
 * @returns the importance of each parameter, at least 0; they sum to 1. All 0 with fewer than two trials, or if the value never
 *   changes.
 * @throws InvalidArgumentError
 */
export function meanDecreaseImpurity(
  trials: readonly TrialSnapshot[],
  options: MeanDecreaseImpurityOptions = {},
): Map<string, number> {
  return meanOverTrees(meanDecreaseImpurityTrees(trials, options));
}

/** As `meanDecreaseImpurity`, by tree; a tree without splits says nothing and is left out. */
export function meanDecreaseImpurityTrees(
  trials: readonly TrialSnapshot[],
  options: MeanDecreaseImpurityOptions,
): TreeImportances {
  const { trees, maxDepth, seed = 0, params } = options;
  const { names, varying, features, targets } = forestData(trials, params, "mean decrease impurity");
  const byTree = new Map<string, number[]>(names.map((name) => [name, []]));
  if (targets.length < 2 || varying.length === 0) return byTree;

  for (const tree of growForest(features, targets, { trees, maxDepth, seed })) {
    const shares = shareOfGain(tree, varying.length);
    if (shares) for (const [i, [name]] of varying.entries()) byTree.get(name)!.push(shares[i]!);
  }
  return byTree;
}

/** By feature: its part of all that a tree's splits take off the squared error; `undefined` for a tree without splits. */
function shareOfGain({ feature, left, right, value, weight }: GrownTree, features: number): Float64Array | undefined {
  const gains = new Float64Array(features);
  let total = 0;
  for (const [node, split] of feature.entries()) {
    if (split < 0) continue;
    const [a, b] = [left[node]!, right[node]!];
    const gain = ((weight[a]! * weight[b]!) / weight[node]!) * (value[a]! - value[b]!) ** 2;
    gains[split]! += gain;
    total += gain;
  }
  return total > 0 ? gains.map((gain) => gain / total) : undefined;
}
