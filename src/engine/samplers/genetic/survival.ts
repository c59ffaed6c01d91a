import { isConstrained, isFeasible, totalViolation } from "../../trial/constraints.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import type { Rng } from "../../math/rng.js";
import { crowdingDistances } from "../../multi-objective/crowding-distance.js";
import { dominates, toLoss } from "../../multi-objective/losses.js";
import { nonDominationRanks } from "../../multi-objective/non-domination.js";
import type { Direction } from "../../storage.js";

/** Which trials of a population are the parents of the next generation: at most `count`. */
export type SelectSurvivors = (
  population: readonly TrialSnapshot[],
  directions: readonly Direction[],
  count: number,
  rng: Rng,
) => TrialSnapshot[];

/** Whole ranks while they fit; of the first that does not, as many as are missing, as `selectFrom` chooses. */
export function survivorsByRank(
  population: readonly TrialSnapshot[],
  directions: readonly Direction[],
  count: number,
  selectFrom: (rank: readonly TrialSnapshot[], survivors: readonly TrialSnapshot[], missing: number) => TrialSnapshot[],
): TrialSnapshot[] {
  const survivors: TrialSnapshot[] = [];
  for (const rank of ranked(population, directions)) {
    if (survivors.length + rank.length < count) survivors.push(...rank);
    else return [...survivors, ...selectFrom(rank, survivors, count - survivors.length)];
  }
  return survivors;
}

/** NSGA-II's: of the rank that does not fit, the loneliest. */
export const survivorsByCrowding: SelectSurvivors = (population, directions, count) =>
  survivorsByRank(population, directions, count, (rank, _, missing) => {
    const { distances, order } = crowdingDistances(rank.map(({ values }) => values!));
    order.sort((a, b) => (distances[a]! < distances[b]! ? -1 : Number(distances[a]! > distances[b]!)));
    return order
      .reverse()
      .slice(0, missing)
      .map((i) => rank[i]!);
  });

/**
 * Constrained domination: a feasible trial dominates an infeasible one; of two infeasible ones, the one that violates less; two feasible
 * ones by their values.
 */
export function constrainedDominates(
  directions: readonly Direction[],
): (a: TrialSnapshot, b: TrialSnapshot) => boolean {
  return (a, b) => {
    const [feasibleA, feasibleB] = [isFeasible(a), isFeasible(b)];
    if (feasibleA && feasibleB) return dominates(toLoss(a.values!, directions), toLoss(b.values!, directions));
    if (feasibleA !== feasibleB) return feasibleA;
    return totalViolation(a) < totalViolation(b);
  };
}

function ranked(population: readonly TrialSnapshot[], directions: readonly Direction[]): TrialSnapshot[][] {
  const losses = population.map(({ values }) => toLoss(values!, directions));
  const violations = population.some(isConstrained) ? population.map(totalViolation) : undefined;
  const byRank: TrialSnapshot[][] = [];
  nonDominationRanks(losses, violations && { violations }).forEach((rank, i) => {
    (byRank[rank] ??= []).push(population[i]!);
  });
  return byRank;
}
