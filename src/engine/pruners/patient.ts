import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { Direction } from "../storage.js";
import { checkWhole } from "../number-options.js";
import type { Pruner } from "./pruner.js";

export interface PatientOptions {
  /** How many reports in a row may bring no improvement before the trial may be pruned; at least 0. */
  readonly patience: number;
  /** How much worse than the best a value may be and still count as equal; at least 0. Default 0. */
  readonly minDelta?: number;
}

/**
 * Lets another pruner decide only about trials that have stopped improving: the best of the last `patience` + 1
 * reports is worse than the best before them. Optuna's `PatientPruner`.
 * @param wrapped the pruner that then decides; `null`: the trial is pruned, as in early stopping.
 * @throws InvalidArgumentError
 */
export function patient(wrapped: Pruner | null, options: PatientOptions): Pruner {
  const { patience, minDelta = 0 } = options;
  const name = "PatientPruner";
  checkOptions<PatientOptions>(name, options, { patience: true, minDelta: true });
  checkWhole(name, "patience", patience, 0);
  if (!(minDelta >= 0)) throw new InvalidArgumentError(`${name}: minDelta must be at least 0, not ${minDelta}.`);

  return {
    name,
    prune: (study, trial) =>
      hasStalled(trial, study.directions[0]!, patience, minDelta) && (wrapped?.prune(study, trial) ?? true),
  };
}

function hasStalled(trial: TrialSnapshot, direction: Direction, patience: number, minDelta: number): boolean {
  const steps = [...trial.intermediateValues.keys()].sort((a, b) => a - b);
  if (steps.length <= patience + 1) return false;
  const sign = direction === "maximize" ? -1 : 1;
  const losses = steps.map((step) => sign * trial.intermediateValues.get(step)!);
  return lowest(losses.slice(0, -patience - 1)) + minDelta < lowest(losses.slice(-patience - 1));
}

/** NaN, which compares as no stall, where all are NaN. */
function lowest(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? NaN : Math.min(...numbers);
}
