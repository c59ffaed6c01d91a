import type { Distribution } from "../distribution.js";
import { ChoiceAxis } from "./choice-axis.js";
import type { FeatureAxis } from "./feature-axis.js";
import { NumericAxis } from "./numeric-axis.js";
import type { RegressionTree } from "./random-forest.js";

export interface TreeVariance {
  /** Of the tree's prediction over the whole space. */
  readonly total: number;
  /** By feature: of the prediction as a function of this feature alone, averaged over all others. */
  readonly marginals: readonly number[];
}

/**
 * How a tree's prediction varies over the space, and how much of that each feature explains by itself (Hutter, Hoos,
 * Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance").
 *
 * Numeric features are uniform in [low, high], by value even where the range is searched in log space. A categorical
 * feature is a 0-1 column per choice, each 0 or 1 with equal chance, as Optuna takes it: combinations that no trial can
 * have count too.
 *
 * One walk over the tree is enough: a leaf adds its value to the part of every feature that it covers, weighted by its
 * share of the other features.
 * @param space the features' distributions, none single-valued.
 */
export function treeVariance(tree: RegressionTree, space: readonly Distribution[]): TreeVariance {
  const splits = splitsByFeature(tree, space.length);
  const axes: FeatureAxis[] = space.map((distribution, feature) =>
    distribution.type === "categorical"
      ? new ChoiceAxis(splits[feature]!)
      : new NumericAxis(distribution.low, distribution.high, splits[feature]!),
  );
  const leaves: { value: number; share: number }[] = [];
  const visit = (node: number, share: number): void => {
    const axis = axes[tree.feature[node]!];
    if (axis === undefined) {
      const value = tree.value[node]!;
      leaves.push({ value, share });
      for (const each of axes) each.add(value, share);
      return;
    }
    for (const right of [false, true]) {
      const part = axis.narrow(tree.split[node]!, right);
      visit((right ? tree.right : tree.left)[node]!, share * part);
      axis.widen();
    }
  };
  visit(0, 1);
  const mean = leaves.reduce((sum, { value, share }) => sum + value * share, 0);
  const total = leaves.reduce((sum, { value, share }) => sum + share * (value - mean) ** 2, 0);
  return { total, marginals: axes.map((axis) => axis.variance()) };
}

function splitsByFeature({ feature, split }: RegressionTree, features: number): number[][] {
  const splits: number[][] = Array.from({ length: features }, () => []);
  for (const [node, f] of feature.entries()) if (f >= 0) splits[f]!.push(split[node]!);
  return splits;
}
