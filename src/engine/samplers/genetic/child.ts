import type { NumericDistribution } from "../../sampled-interval.js";
import { clip } from "../../math/clip.js";
import { fromTransformed, toTransformed, transformedBounds } from "../../sampled-interval.js";
import type { SearchSpace } from "../../distribution.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import type { Rng } from "../../math/rng.js";
import type { Crossover } from "./crossover.js";
import { drawIndex } from "./draws.js";
import type { Mutation } from "./mutation.js";

/** How individuals come of others. */
export interface Breeding {
  readonly crossover: Crossover;
  readonly crossoverProb: number;
  readonly swappingProb: number;
  /** Default: a mutated parameter is drawn anew. */
  readonly mutation: Mutation | undefined;
  /** Per parameter. Default: one over the number of parameters. */
  readonly mutationProb: number | undefined;
}

export interface ParentPool {
  readonly trials: readonly TrialSnapshot[];
  readonly dominates: (a: TrialSnapshot, b: TrialSnapshot) => boolean;
  readonly objectives: number;
}

/** So often other parents are tried before a value below its range is moved into it: parents may all lie at one bound. */
const MAX_ATTEMPTS = 1000;

/**
 * The parameters of a new individual, in the stored representation; those to be drawn anew are left out.
 * @param space without single-valued distributions; every trial of the pool has all its parameters.
 */
export function breedChild(pool: ParentPool, space: SearchSpace, breeding: Breeding, rng: Rng): Map<string, number> {
  const { mutation, mutationProb = 1 / Math.max(1, space.size) } = breeding;
  const child =
    rng.next() < breeding.crossoverProb ? crossParents(pool, space, breeding, rng) : copyOfOne(pool, space, rng);
  const params = new Map<string, number>();
  for (const [name, value] of child) {
    if (rng.next() >= mutationProb) {
      params.set(name, value);
      continue;
    }
    const distribution = space.get(name)!;
    if (mutation !== undefined && distribution.type !== "categorical")
      params.set(name, mutated(distribution, value, mutation, rng));
  }
  return params;
}

function copyOfOne({ trials }: ParentPool, space: SearchSpace, rng: Rng): Map<string, number> {
  const parent = trials[drawIndex(rng, trials.length)]!;
  return new Map([...space.keys()].map((name) => [name, parent.internalParams[name]!]));
}

function crossParents(pool: ParentPool, space: SearchSpace, breeding: Breeding, rng: Rng): Map<string, number> {
  const { crossover, swappingProb } = breeding;
  const names = [...space.keys()];
  const choices = names.filter((name) => space.get(name)!.type === "categorical");
  const numeric = names.flatMap((name) => {
    const distribution = space.get(name)!;
    return distribution.type === "categorical" ? [] : [{ name, distribution }];
  });
  const bounds = numeric.map(({ distribution }) => {
    const { low, high } = transformedBounds(distribution);
    return [low, high] as const;
  });
  for (let attempt = 1; ; attempt++) {
    const parents = selectParents(pool, crossover.parents, rng);
    const child = new Map<string, number>();
    for (const name of choices) {
      const parent = rng.next() >= swappingProb ? parents.at(-1)! : parents[0]!;
      child.set(name, parent.internalParams[name]!);
    }
    if (numeric.length === 0) return child;
    const genes = parents.map(({ internalParams }) =>
      numeric.map(({ name, distribution }) => toTransformed(distribution, internalParams[name]!)),
    );
    const crossed = crossover.cross(genes, rng, { bounds, objectives: pool.objectives });
    if (attempt < MAX_ATTEMPTS && crossed.some((x, i) => isBelow(numeric[i]!.distribution, x))) continue;
    numeric.forEach(({ name, distribution }, i) => {
      // Axes of very different lengths may leave no number.
      const gene = Number.isNaN(crossed[i]!) ? genes[0]![i]! : crossed[i]!;
      child.set(name, fromTransformed(distribution, gene));
    });
    return child;
  }
}

/** The only case in which Optuna, whose rule this is, does not move a value into its range. */
function isBelow(distribution: NumericDistribution, x: number): boolean {
  return distribution.step === null && !distribution.log && !(x >= transformedBounds(distribution).low);
}

/** Different ones, each the winner of two drawn by chance. */
function selectParents({ trials, dominates }: ParentPool, count: number, rng: Rng): TrialSnapshot[] {
  const parents: TrialSnapshot[] = [];
  while (parents.length < count) {
    const rest = trials.filter((trial) => !parents.includes(trial));
    const [a, b] = [rest[drawIndex(rng, rest.length)]!, rest[drawIndex(rng, rest.length)]!];
    parents.push(dominates(a, b) ? a : b);
  }
  return parents;
}

function mutated(distribution: NumericDistribution, value: number, mutation: Mutation, rng: Rng): number {
  const { low, high } = transformedBounds(distribution);
  const moved = mutation.mutate(toTransformed(distribution, value), low, high, rng);
  return fromTransformed(distribution, clip(moved, low, high));
}
