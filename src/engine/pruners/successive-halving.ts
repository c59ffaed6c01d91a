import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import { lastStep, type TrialSnapshot } from "../trial/trial-snapshot.js";
import type { StudyView } from "../study/study-view.js";
import type { Direction } from "../storage.js";
import { checkWhole } from "../number-options.js";
import type { Pruner } from "./pruner.js";

export interface SuccessiveHalvingOptions {
  /**
   * The step of the first rung, at least 1. Steps count from 0, so 1 judges a trial at its second report. "auto" takes
   * a hundredth of the last step of the first trial to complete (at least 1), and prunes nothing until then.
   * Default "auto".
   */
  readonly minResource?: number | "auto";
  /**
   * One in this many trials is promoted at each rung, and each rung takes this many times the steps; at least 2.
   * Default 4.
   */
  readonly reductionFactor?: number;
  /** How many rungs to skip at the start; at least 0. Default 0. */
  readonly minEarlyStoppingRate?: number;
  /**
   * No trial is promoted past a rung before this many others have completed it. Cannot be combined with `minResource: "auto"`. Default 0.
   */
  readonly bootstrapCount?: number;
}

/**
 * Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"), Optuna's
 * `SuccessiveHalvingPruner`: at the rungs, steps minResource · reductionFactor^(minEarlyStoppingRate + 0, 1, 2, …), a
 * trial continues if its value is among the best of all that reached the rung.
 *
 * The rungs that a trial completed are stored in its system attributes `completed_rung_0`, `completed_rung_1`, …, as in Optuna.
 * @throws InvalidArgumentError
 */
export function successiveHalving(options: SuccessiveHalvingOptions = {}): Pruner {
  const { minResource = "auto", reductionFactor = 4, minEarlyStoppingRate = 0, bootstrapCount = 0 } = options;
  const name = "SuccessiveHalvingPruner";
  checkOptions<SuccessiveHalvingOptions>(name, options, {
    minResource: true,
    reductionFactor: true,
    minEarlyStoppingRate: true,
    bootstrapCount: true,
  });
  if (minResource !== "auto") checkWhole(name, "minResource", minResource, 1);
  checkWhole(name, "reductionFactor", reductionFactor, 2);
  checkWhole(name, "minEarlyStoppingRate", minEarlyStoppingRate, 0);
  checkWhole(name, "bootstrapCount", bootstrapCount, 0);
  if (bootstrapCount > 0 && minResource === "auto")
    throw new InvalidArgumentError(
      `${name}: bootstrapCount cannot be combined with minResource "auto". Set minResource to a number.`,
    );

  const prune = (study: StudyView, trial: TrialSnapshot): boolean => {
    const first = minResource === "auto" ? estimateMinResource(study) : minResource;
    if (first === null) return false;
    const firstRungStep = first * reductionFactor ** minEarlyStoppingRate;
    return losesAtRung(study, trial, { firstRungStep, reductionFactor, bootstrapCount });
  };
  return { name, prune };
}

export interface Rungs {
  readonly firstRungStep: number;
  readonly reductionFactor: number;
  readonly bootstrapCount: number;
  /** Which of the study's trials compete. Default: all. */
  readonly competes?: (trial: TrialSnapshot) => boolean;
}

/**
 * Takes the trial through every rung its last step has reached, until it loses at one; writes down the rungs it
 * completed.
 */
export function losesAtRung(study: StudyView, trial: TrialSnapshot, rungs: Rungs): boolean {
  const step = lastStep(trial);
  if (step === null) return false;
  const value = trial.intermediateValues.get(step)!;
  const { firstRungStep, reductionFactor, bootstrapCount, competes = () => true } = rungs;
  for (let rung = currentRung(trial); step >= firstRungStep * reductionFactor ** rung; rung++) {
    if (Number.isNaN(value)) return true;
    const others = study.getTrials();
    study.storage.setTrialSystemAttr(trial.id, rungKey(rung), value);
    const competing = [value];
    for (const other of others) {
      const theirs = other.systemAttrs[rungKey(rung)];
      if (typeof theirs === "number" && other.number !== trial.number && competes(other)) competing.push(theirs);
    }
    if (competing.length <= bootstrapCount) return true;
    if (!isPromoted(value, competing, reductionFactor, study.directions[0]!)) return true;
  }
  return false;
}

/**
 * The first trial to complete decides, so that a resumed study keeps the rungs it started with.
 * @returns its last step, or `null` where no COMPLETE trial has reported.
 */
export function lastStepOfFirstCompleted(study: StudyView): number | null {
  let earliest = Infinity;
  let last: number | null = null;
  for (const trial of study.getTrials(["COMPLETE"])) {
    const completed = trial.datetimeComplete?.getTime() ?? -Infinity;
    if (last !== null && completed >= earliest) continue;
    const step = lastStep(trial);
    if (step !== null) [earliest, last] = [completed, step];
  }
  return last;
}

function estimateMinResource(study: StudyView): number | null {
  const last = lastStepOfFirstCompleted(study);
  return last === null ? null : Math.max(Math.floor(last / 100), 1);
}

function currentRung(trial: TrialSnapshot): number {
  let rung = 0;
  while (rungKey(rung) in trial.systemAttrs) rung++;
  return rung;
}

function rungKey(rung: number): string {
  return `completed_rung_${rung}`;
}

/**
 * Whether `value` is among the best 1 / reductionFactor; while there are fewer competitors than that, whether it is the
 * best.
 */
function isPromoted(value: number, competing: number[], reductionFactor: number, direction: Direction): boolean {
  const places = Math.max(Math.floor(competing.length / reductionFactor), 1);
  const sorted = Float64Array.from(competing).sort();
  return direction === "maximize" ? value >= sorted[sorted.length - places]! : value <= sorted[places - 1]!;
}
