import { uniqueLosses, type Loss } from "./losses.js";

/** Per loss, whether no other dominates it. Equal losses are all on the front or all off it. */
export function paretoFront(losses: readonly Loss[]): boolean[] {
  const unique = uniqueLosses(losses);
  const onFront = frontOfSorted(unique.losses);
  return unique.place.map((place) => onFront[place]!);
}

/**
 * Per loss, whether none before it is as good everywhere.
 * @param losses ascending by their first component, so that only an earlier one can be.
 */
export function frontOfSorted(losses: readonly Loss[]): boolean[] {
  const objectives = losses[0]?.length ?? 0;
  if (objectives === 1) return losses.map((_, i) => i === 0);
  return objectives === 2 ? frontOfSortedPairs(losses) : frontOfSortedTuples(losses);
}

function frontOfSortedPairs(losses: readonly Loss[]): boolean[] {
  let lowest = Infinity;
  return losses.map(([, second], i) => {
    const isNew = i === 0 || second! < lowest;
    lowest = Math.min(lowest, second!);
    return isNew;
  });
}

function frontOfSortedTuples(losses: readonly Loss[]): boolean[] {
  const onFront = new Array<boolean>(losses.length).fill(false);
  const front: Loss[] = [];
  losses.forEach((loss, i) => {
    if (front.some((other) => isNowhereAbove(other, loss))) return;
    onFront[i] = true;
    front.push(loss);
  });
  return onFront;
}

/** The first component is not looked at: the losses are sorted by it. */
function isNowhereAbove(a: Loss, b: Loss): boolean {
  for (let i = 1; i < a.length; i++) if (a[i]! > b[i]!) return false;
  return true;
}

export interface RankOptions {
  /** Per loss, how much constraints are violated: above 0 comes after all others, the less the better. Default: nowhere. */
  readonly violations?: readonly number[];
  /** So many of the best need their exact rank; all others may share the next one. Default: all. */
  readonly exact?: number;
}

/**
 * Non-domination ranks: 0 for the Pareto front, 1 for the front once those are taken away, and so on.
 * Deb et al., "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II" (2002), with its constrained domination.
 */
export function nonDominationRanks(losses: readonly Loss[], options: RankOptions = {}): number[] {
  const { violations, exact = losses.length } = options;
  if (violations === undefined) return ranksOf(losses, exact);
  const indices = [...losses.keys()];
  const feasible = indices.filter((i) => !(violations[i]! > 0));
  const infeasible = indices.filter((i) => violations[i]! > 0);
  const ranks = new Array<number>(losses.length).fill(0);
  const ofFeasible = ranksOf(
    feasible.map((i) => losses[i]!),
    exact,
  );
  feasible.forEach((index, i) => (ranks[index] = ofFeasible[i]!));
  const next = ofFeasible.reduce((most, rank) => Math.max(most, rank), -1) + 1;
  const ofInfeasible = ranksOf(
    infeasible.map((i) => [violations[i]!]),
    exact - feasible.length,
  );
  infeasible.forEach((index, i) => (ranks[index] = next + ofInfeasible[i]!));
  return ranks;
}

function ranksOf(losses: readonly Loss[], exact: number): number[] {
  if (losses.length === 0 || exact <= 0) return losses.map(() => 0);
  const unique = uniqueLosses(losses);
  if (losses[0]!.length === 1) return [...unique.place];
  const ranks = new Array<number>(unique.losses.length).fill(0);
  let rest = [...unique.losses.keys()];
  const enough = Math.min(exact, rest.length);
  let rank = 0;
  for (; ranks.length - rest.length < enough; rank++) {
    const onFront = frontOfSorted(rest.map((i) => unique.losses[i]!));
    rest.forEach((index, i) => {
      if (onFront[i]) ranks[index] = rank;
    });
    rest = rest.filter((_, i) => !onFront[i]);
  }
  for (const index of rest) ranks[index] = rank;
  return unique.place.map((place) => ranks[place]!);
}
