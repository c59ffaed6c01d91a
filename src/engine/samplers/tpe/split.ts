import { totalViolation } from "../../trial/constraints.js";
import { lastStep } from "../../trial/trial-snapshot.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import { toLoss, type Loss } from "../../multi-objective/losses.js";
import { bestSubset } from "../../multi-objective/subset-selection.js";
import type { Direction } from "../../storage.js";

/** How many of `n` finished trials count as good: the best tenth; with one objective at most 25. */
export function gamma(n: number, objectives = 1): number {
  const tenth = Math.ceil(0.1 * n);
  return objectives === 1 ? Math.min(tenth, 25) : tenth;
}

/**
 * COMPLETE and PRUNED trials from best to worst, as TPE sees them:
 * feasible COMPLETE ones by value, then feasible PRUNED ones (those that got furthest first, then by their last value), then
 * those that violate constraints, by how much. Ties keep the order of trial numbers. Each trial is added once.
 *
 * With several objectives COMPLETE trials go by non-domination rank; of the first rank that does not count as good entirely, those
 * that together dominate the largest hypervolume (Ozaki et al., "Multiobjective Tree-Structured Parzen Estimator", 2022).
 */
export class TrialRanking {
  private readonly complete: CompleteRanking;
  private readonly pruned: RankedTrial[] = [];
  private readonly infeasible: RankedTrial[] = [];

  constructor(private readonly directions: readonly Direction[]) {
    this.complete = directions.length > 1 ? new DominationRanking(directions) : new ValueRanking(directions[0]!);
  }

  add(trial: TrialSnapshot): void {
    const violation = totalViolation(trial);
    if (violation > 0) insert(this.infeasible, { number: trial.number, major: violation, minor: 0 });
    else if (trial.state === "PRUNED") insert(this.pruned, { number: trial.number, ...this.prunedKey(trial) });
    else this.complete.add(trial);
  }

  /** The numbers of the `count` best trials, in no promised order. */
  best(count: number): number[] {
    const numbers = this.complete.best(count);
    for (const group of [this.pruned, this.infeasible]) {
      for (const { number } of group.slice(0, count - numbers.length)) numbers.push(number);
    }
    return numbers;
  }

  /** A trial that never reported comes after all that did. */
  private prunedKey(trial: TrialSnapshot): { major: number; minor: number } {
    const step = lastStep(trial);
    if (step === null) return { major: 1, minor: 0 };
    return { major: -step, minor: lossOf(trial.intermediateValues.get(step) ?? NaN, this.directions[0]!) };
  }
}

interface CompleteRanking {
  add(trial: TrialSnapshot): void;
  /** At most `count` numbers. */
  best(count: number): number[];
}

class ValueRanking implements CompleteRanking {
  private readonly sorted: RankedTrial[] = [];

  constructor(private readonly direction: Direction) {}

  add({ number, values }: TrialSnapshot): void {
    insert(this.sorted, { number, major: lossOf(values?.[0] ?? NaN, this.direction), minor: 0 });
  }

  best(count: number): number[] {
    return this.sorted.slice(0, count).map(({ number }) => number);
  }
}

class DominationRanking implements CompleteRanking {
  /** By trial number: among equal trials the selection takes the earlier. */
  private readonly trials: { readonly number: number; readonly loss: Loss }[] = [];
  /** Every parameter of a trial asks the same. */
  private last: { readonly count: number; readonly of: number; readonly numbers: readonly number[] } | undefined;

  constructor(private readonly directions: readonly Direction[]) {}

  add({ number, values }: TrialSnapshot): void {
    const loss = values === null ? this.directions.map(() => Infinity) : toLoss(values, this.directions);
    const at = this.trials.findLastIndex((other) => other.number < number) + 1;
    this.trials.splice(at, 0, { number, loss });
  }

  best(count: number): number[] {
    if (this.last?.count !== count || this.last.of !== this.trials.length) {
      const losses = this.trials.map(({ loss }) => loss);
      const numbers = bestSubset(losses, count).map((i) => this.trials[i]!.number);
      this.last = { count, of: this.trials.length, numbers };
    }
    return [...this.last.numbers];
  }
}

function lossOf(value: number, direction: Direction): number {
  if (Number.isNaN(value)) return Infinity;
  return direction === "minimize" ? value : -value;
}

interface RankedTrial {
  readonly number: number;
  readonly major: number;
  readonly minor: number;
}

function insert(group: RankedTrial[], trial: RankedTrial): void {
  let [from, to] = [0, group.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isBefore(group[middle]!, trial)) from = middle + 1;
    else to = middle;
  }
  group.splice(from, 0, trial);
}

function isBefore(a: RankedTrial, b: RankedTrial): boolean {
  if (a.major !== b.major) return a.major < b.major;
  if (a.minor !== b.minor) return a.minor < b.minor;
  return a.number < b.number;
}
