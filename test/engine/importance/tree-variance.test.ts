import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution, type Distribution } from "../../../src/engine/distribution.js";
import type { RegressionTree } from "../../../src/engine/importance/random-forest.js";
import { treeVariance } from "../../../src/engine/importance/tree-variance.js";
import { SeededRng } from "../../../src/engine/math/rng.js";

/** A tree as scikit-learn keeps it. */
interface SklearnTree {
  children_left: number[];
  children_right: number[];
  feature: number[];
  threshold: number[];
  value: number[];
  variance: number;
}
interface NumericTree extends SklearnTree {
  bounds: [number, number][];
  marginal_variance_single: number[];
}
/** One 0-1 column per choice of each categorical feature, then the numeric ones. */
interface MixedTree extends SklearnTree {
  choices: number[];
  numeric: [number, number][];
  marginals: number[];
}

const numericTrees = (readJson("golden.json") as { fanova_trees: NumericTree[] }).fanova_trees;
const mixedTrees = readJson("fanova-categorical-trees.json") as MixedTree[];

describe("treeVariance equals Optuna's on scikit-learn's trees", () => {
  it.each(numericTrees.map((tree, i) => [i, tree] as const))("numeric, tree %d", (_, tree) => {
    const space = tree.bounds.map(([low, high]) => floatDistribution(low, high));
    const { total, marginals } = treeVariance(
      toTree(tree, (column) => [column, null]),
      space,
    );
    expectClose([total, ...marginals], [tree.variance, ...tree.marginal_variance_single]);
  });

  it.each(mixedTrees.map((tree, i) => [i, tree] as const))("with categorical features, tree %d", (_, tree) => {
    const origins: [number, number | null][] = tree.choices.flatMap((choices, feature) =>
      Array.from({ length: choices }, (_, choice): [number, number] => [feature, choice]),
    );
    const numeric = tree.numeric.map((_, i): [number, null] => [tree.choices.length + i, null]);
    origins.push(...numeric);
    const space = [...tree.choices.map(choices), ...tree.numeric.map(([low, high]) => floatDistribution(low, high))];
    const { total, marginals } = treeVariance(
      toTree(tree, (column) => origins[column]!),
      space,
    );
    expectClose([total, ...marginals], [tree.variance, ...tree.marginals]);
  });
});

describe("treeVariance", () => {
  it.each([4, 15, 16, 17, 18])("of %d choices follows from every combination of their columns", (count) => {
    const rng = new SeededRng(count);
    const tree = chainedTree(count, rng);
    const { marginals } = treeVariance(tree, [choices(count), floatDistribution(0, 1)]);
    expectClose([marginals[0]!], [varianceOverCombinations(tree, count)]);
  });

  it("of a feature the tree never splits on is 0", () => {
    const { marginals } = treeVariance(chainedTree(3, new SeededRng(1)), [
      choices(3),
      floatDistribution(0, 1),
      choices(2),
    ]);
    expect(marginals[2]).toBe(0);
  });

  it("of a single leaf is 0", () => {
    const leaf: RegressionTree = {
      feature: Int32Array.of(-1),
      split: Float64Array.of(0),
      left: Int32Array.of(-1),
      right: Int32Array.of(-1),
      value: Float64Array.of(7),
    };
    expect(treeVariance(leaf, [choices(3)])).toEqual({ total: 0, marginals: [0] });
  });

  it("handles as many choices as a study may have", () => {
    const { total, marginals } = treeVariance(chainedTree(300, new SeededRng(5)), [
      choices(300),
      floatDistribution(0, 1),
    ]);
    expect(marginals[0]! / total).toBeGreaterThan(0);
    expect(marginals[0]! / total).toBeLessThanOrEqual(1 + 1e-9);
  });
});

function choices(count: number): Distribution {
  return categoricalDistribution(Array.from({ length: count }, (_, i) => i));
}

/** Splits off one choice after the other, in random order, with a split of feature 1 now and then. */
function chainedTree(count: number, rng: SeededRng): RegressionTree {
  const tree = { feature: [0], split: [0], left: [0], right: [0], value: [0] };
  const add = () =>
    tree.feature.push(-1) &&
    tree.split.push(0) &&
    tree.left.push(-1) &&
    tree.right.push(-1) &&
    tree.value.push(rng.next()) - 1;
  const grow = (node: number, left: readonly number[], low: number, high: number): void => {
    if (left.length === 0 || node > 400) {
      tree.feature[node] = -1;
      return;
    }
    const [a, b] = [add(), add()];
    [tree.left[node], tree.right[node]] = [a, b];
    if (rng.next() < 0.3) {
      tree.feature[node] = 1;
      const middle = (tree.split[node] = low + (high - low) * rng.next());
      grow(a, left, low, middle);
      grow(b, left.slice(1), middle, high);
    } else {
      const choice = left[Math.floor(rng.next() * left.length)]!;
      [tree.feature[node], tree.split[node]] = [0, choice];
      grow(
        a,
        left.filter((other) => other !== choice),
        low,
        high,
      );
    }
  };
  grow(
    0,
    Array.from({ length: count }, (_, i) => i),
    0,
    1,
  );
  return {
    feature: Int32Array.from(tree.feature),
    split: Float64Array.from(tree.split),
    left: Int32Array.from(tree.left),
    right: Int32Array.from(tree.right),
    value: Float64Array.from(tree.value),
  };
}

/** The variance of the prediction averaged over feature 1, over all 2^count values of the columns, one by one. */
function varianceOverCombinations(tree: RegressionTree, count: number): number {
  const predict = (node: number, columns: number, low: number, high: number): number => {
    const [left, right, split] = [tree.left[node]!, tree.right[node]!, tree.split[node]!];
    if (tree.feature[node] === -1) return tree.value[node]!;
    if (tree.feature[node] === 0) return predict((columns >> split) & 1 ? right : left, columns, low, high);
    const share = (split - low) / (high - low);
    return share * predict(left, columns, low, split) + (1 - share) * predict(right, columns, split, high);
  };
  const predictions = Float64Array.from({ length: 2 ** count }, (_, columns) => predict(0, columns, 0, 1));
  const mean = predictions.reduce((sum, p) => sum + p, 0) / predictions.length;
  return predictions.reduce((sum, p) => sum + (p - mean) ** 2, 0) / predictions.length;
}

/** @param origin the feature, and for a categorical one the choice, that a column stands for. */
function toTree(tree: SklearnTree, origin: (column: number) => readonly [number, number | null]): RegressionTree {
  const isLeaf = (column: number) => column < 0;
  return {
    feature: Int32Array.from(tree.feature, (column) => (isLeaf(column) ? -1 : origin(column)[0])),
    split: Float64Array.from(tree.feature, (column, node) =>
      isLeaf(column) ? 0 : (origin(column)[1] ?? tree.threshold[node]!),
    ),
    left: Int32Array.from(tree.children_left),
    right: Int32Array.from(tree.children_right),
    value: Float64Array.from(tree.value),
  };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i]! - value), `${actual[i]} for ${value}`).toBeLessThanOrEqual(
      1e-10 * Math.max(value, 1e-3),
    );
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/optuna/${path}`, import.meta.url), "utf8"));
}
