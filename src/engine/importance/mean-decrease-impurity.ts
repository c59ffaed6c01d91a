import type { FrozenTrial } from "../frozen-trial.js";
import type { FanovaOptions } from "./fanova.js";
import { forestData } from "./forest-data.js";
import { growForest, type GrownTree } from "./random-forest.js";

export type MeanDecreaseImpurityOptions = FanovaOptions;

/**
 * What share of a random forest's gain in accuracy comes from splits on each parameter (Breiman 2001; Louppe et al. 2013,
 * "Understanding variable importances in forests of randomized trees"): Optuna's
 * `MeanDecreaseImpurityImportanceEvaluator`. Fast; counts interactions to the parameters that take part in them, and
 * prefers parameters with many values. Parameters are taken by value, log ranges too.
 * @param trials of any state; COMPLETE ones with a finite value and all parameters are used.
 * @returns parameter to importance, at least 0; they sum to 1. All 0 with fewer than two trials, or where the value never
 *   changes.
 * @throws InvalidArgumentError
 */
export function meanDecreaseImpurity(
  trials: readonly FrozenTrial[],
  options: MeanDecreaseImpurityOptions = {},
): Map<string, number> {
  const { trees, maxDepth, seed = 0, params } = options;
  const { names, varying, features, targets } = forestData(trials, params, "mean decrease impurity");
  const importances = new Map<string, number>(names.map((name) => [name, 0]));
  if (targets.length < 2 || varying.length === 0) return importances;

  const shares = growForest(features, targets, { trees, maxDepth, seed })
    .map((tree) => shareOfGain(tree, varying.length))
    .filter((share) => share !== undefined);
  for (const [i, [name]] of varying.entries())
    for (const share of shares) importances.set(name, importances.get(name)! + share[i]! / shares.length);
  return importances;
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
