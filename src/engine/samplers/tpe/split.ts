import { totalViolation } from "../../constraints.js";
import { lastStep } from "../../frozen-trial.js";
import type { FrozenTrial } from "../../frozen-trial.js";
import type { Direction } from "../../storage.js";

/** How many of `n` finished trials count as good in a study with one objective: the best tenth, at most 25. */
export function gamma(n: number): number {
  return Math.min(Math.ceil(0.1 * n), 25);
}

/**
 * COMPLETE and PRUNED trials from best to worst, as TPE sees them:
 * feasible COMPLETE ones by value, then feasible PRUNED ones (those that got furthest first, then by their last value), then
 * those that violate constraints, by how much. Ties keep the order of trial numbers. Each trial is added once.
 */
export class TrialRanking {
  private readonly complete: RankedTrial[] = [];
  private readonly pruned: RankedTrial[] = [];
  private readonly infeasible: RankedTrial[] = [];

  constructor(private readonly direction: Direction) {}

  add(trial: FrozenTrial): void {
    const violation = totalViolation(trial);
    if (violation > 0) insert(this.infeasible, { number: trial.number, major: violation, minor: 0 });
    else if (trial.state === "PRUNED") insert(this.pruned, { number: trial.number, ...this.prunedKey(trial) });
    else insert(this.complete, { number: trial.number, major: this.loss(trial.values?.[0] ?? NaN), minor: 0 });
  }

  /** The numbers of the `count` best trials, in no promised order. */
  best(count: number): number[] {
    const numbers: number[] = [];
    for (const group of [this.complete, this.pruned, this.infeasible]) {
      for (const { number } of group.slice(0, count - numbers.length)) numbers.push(number);
    }
    return numbers;
  }

  /** A trial that never reported comes after all that did. */
  private prunedKey(trial: FrozenTrial): { major: number; minor: number } {
    const step = lastStep(trial);
    if (step === null) return { major: 1, minor: 0 };
    return { major: -step, minor: this.loss(trial.intermediateValues.get(step) ?? NaN) };
  }

  private loss(value: number): number {
    if (Number.isNaN(value)) return Infinity;
    return this.direction === "minimize" ? value : -value;
  }
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
