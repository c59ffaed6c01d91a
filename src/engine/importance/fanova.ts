import { isSingle, sameDistribution, type Distribution, type SearchSpace } from "../distribution.js";
import { InvalidArgumentError } from "../errors.js";
import type { FrozenTrial } from "../frozen-trial.js";
import { IntersectionSearchSpace } from "../samplers/intersection-search-space.js";
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
  const complete = trials.filter(({ state }) => state === "COMPLETE");
  const space = params === undefined ? commonSpace(complete) : spaceOf(complete, params);
  const importances = new Map<string, number>((params ?? [...space.keys()]).map((name) => [name, 0]));
  const varying = [...space].filter(([, distribution]) => !isSingle(distribution));
  const used = complete.filter(
    ({ values, distributions }) =>
      values !== null && Number.isFinite(values[0]) && [...space.keys()].every((name) => name in distributions),
  );
  if (used.length < 2 || varying.length === 0) return importances;

  const features = varying.map(([name, distribution]) => ({
    values: used.map(({ internalParams }) => internalParams[name]!),
    choices: distribution.type === "categorical" ? distribution.choices.length : null,
  }));
  const targets = centred(used.map(({ values }) => values![0]!));
  const distributions = varying.map(([, distribution]) => distribution);
  const shares = growForest(features, targets, { trees, maxDepth, seed })
    .map((tree) => treeVariance(tree, distributions))
    .filter(({ total }) => total > 0);
  for (const [i, [name]] of varying.entries())
    for (const { total, marginals } of shares)
      importances.set(name, importances.get(name)! + marginals[i]! / total / shares.length);
  return importances;
}

/** The values less their mean, which changes no variance and spares digits. */
function centred(values: readonly number[]): Float64Array {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return Float64Array.from(values, (value) => value - mean);
}

function commonSpace(complete: readonly FrozenTrial[]): SearchSpace {
  const common = new IntersectionSearchSpace();
  for (const trial of complete) common.add(trial);
  return common.space;
}

/** The distributions of the parameters asked for, in the trials that have them all. */
function spaceOf(complete: readonly FrozenTrial[], params: readonly string[]): SearchSpace {
  const space = new Map<string, Distribution>();
  for (const { distributions } of complete) {
    if (!params.every((name) => name in distributions)) continue;
    for (const name of params) {
      const distribution = distributions[name]!;
      const first = space.get(name);
      if (first === undefined) space.set(name, distribution);
      else if (!sameDistribution(first, distribution))
        throw new InvalidArgumentError(
          `fANOVA: the range of "${name}" differs between trials, which fANOVA cannot judge; use "ped-anova".`,
        );
    }
  }
  if (complete.length > 0 && space.size < params.length)
    throw new InvalidArgumentError(`fANOVA: no COMPLETE trial has all of the parameters ${params.join(", ")}.`);
  return space;
}
