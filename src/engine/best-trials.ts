import type { FrozenTrial } from "./frozen-trial.js";
import type { Direction } from "./storage.js";

/** Whether every constraint value stored with the trial (system attributes `constraints:<key>`, formerly `constraints`) is at most 0. */
export function isFeasible(trial: FrozenTrial): boolean {
  return Object.entries(trial.systemAttrs).every(([key, value]) => {
    if (key === "constraints") return !Array.isArray(value) || value.every((violation) => Number(violation) <= 0);
    return !key.startsWith("constraints:") || Number(value) <= 0;
  });
}

/** The feasible COMPLETE trial with the best first value, the earliest among equals. */
export function findBestTrial(trials: readonly FrozenTrial[], direction: Direction): FrozenTrial | undefined {
  let best: FrozenTrial | undefined;
  for (const trial of trials) {
    const value = completeValues(trial)?.[0];
    if (value === undefined) continue;
    if (best === undefined || isBetter(value, best.values![0]!, direction)) best = trial;
  }
  return best;
}

/** The feasible COMPLETE trials that no other such trial dominates, by number. With one direction: every trial with the best value. */
export function findParetoFront(trials: readonly FrozenTrial[], directions: readonly Direction[]): FrozenTrial[] {
  const candidates = trials.filter((trial) => completeValues(trial));
  return candidates.filter((trial) => !candidates.some((other) => dominates(other.values!, trial.values!, directions)));
}

export function isBetter(value: number, than: number, direction: Direction): boolean {
  return direction === "minimize" ? value < than : value > than;
}

function completeValues(trial: FrozenTrial): readonly number[] | undefined {
  return trial.state === "COMPLETE" && trial.values && isFeasible(trial) ? trial.values : undefined;
}

function dominates(a: readonly number[], b: readonly number[], directions: readonly Direction[]): boolean {
  let better = false;
  for (const [i, direction] of directions.entries()) {
    if (isBetter(b[i]!, a[i]!, direction)) return false;
    if (isBetter(a[i]!, b[i]!, direction)) better = true;
  }
  return better;
}
