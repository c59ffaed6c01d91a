import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { crc32 } from "../math/crc32.js";
import { naturalLog } from "../math/natural-log.js";
import type { StudyView } from "../study/study-view.js";
import { checkWhole } from "../number-options.js";
import type { Pruner } from "./pruner.js";
import { lastStepOfFirstCompleted, losesAtRung } from "./successive-halving.js";

export interface HyperbandOptions {
  /** The step of the first rung of the first bracket, at least 1. Default 1. */
  readonly minResource?: number;
  /**
   * The number of steps of a trial that is never pruned, such as the number of epochs; at least `minResource`. "auto" takes
   * it from the first trial to complete, and prunes nothing until then. Default "auto".
   */
  readonly maxResource?: number | "auto";
  /** One in this many trials is promoted at each rung; at least 2. Default 3. */
  readonly reductionFactor?: number;
  /**
   * No trial is promoted past a rung before this many others have completed it. Cannot be combined with `maxResource: "auto"`. Default 0.
   */
  readonly bootstrapCount?: number;
}

/**
 * Hyperband (Li et al. 2018, JMLR 18), Optuna's `HyperbandPruner`: several successive halvings side by side, called
 * brackets, each of which starts to prune a rung later than the previous one. A checksum of the study's name and the
 * trial's number assigns each trial to one bracket, and it competes only with the trials of its bracket.
 * @throws InvalidArgumentError
 */
export function hyperband(options: HyperbandOptions = {}): Pruner {
  const { minResource = 1, maxResource = "auto", reductionFactor = 3, bootstrapCount = 0 } = options;
  const name = "HyperbandPruner";
  checkOptions<HyperbandOptions>(name, options, {
    minResource: true,
    maxResource: true,
    reductionFactor: true,
    bootstrapCount: true,
  });
  checkWhole(name, "minResource", minResource, 1);
  if (maxResource !== "auto") checkWhole(name, "maxResource", maxResource, minResource);
  checkWhole(name, "reductionFactor", reductionFactor, 2);
  checkWhole(name, "bootstrapCount", bootstrapCount, 0);
  if (bootstrapCount > 0 && maxResource === "auto")
    throw new InvalidArgumentError(
      `${name}: bootstrapCount cannot be combined with maxResource "auto". Set maxResource to a number.`,
    );

  let known: { max: number; budgets: readonly number[] } | undefined;
  const budgetsFor = (max: number): readonly number[] => {
    if (known?.max !== max) known = { max, budgets: bracketBudgets(minResource, max, reductionFactor) };
    return known.budgets;
  };

  const prune = (study: StudyView, trial: TrialSnapshot): boolean => {
    const max = maxResource === "auto" ? estimateMaxResource(study) : maxResource;
    if (max === null) return false;
    const budgets = budgetsFor(max);
    if (budgets.length === 0) return false;
    const bracket = bracketOf(study.name, trial.number, budgets);
    return losesAtRung(study, trial, {
      firstRungStep: minResource * reductionFactor ** bracket,
      reductionFactor,
      bootstrapCount,
      competes: (other) => bracketOf(study.name, other.number, budgets) === bracket,
    });
  };
  return { name, prune };
}

/**
 * The brackets' shares of the trials. There are floor(log_reductionFactor(max / min)) + 1 of them; the quotient of two
 * logarithms in double precision falls short of some exact powers (ln 243 / ln 3 < 5), and Optuna's brackets with it.
 */
export function bracketBudgets(minResource: number, maxResource: number, reductionFactor: number): readonly number[] {
  const count = Math.floor(naturalLog(maxResource / minResource) / naturalLog(reductionFactor)) + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, bracket) => {
    const rungs = count - bracket;
    return Math.ceil((count * reductionFactor ** (rungs - 1)) / rungs);
  });
}

/** The bracket, 0 … `budgets.length` − 1, in which a trial competes. */
export function bracketOf(studyName: string, trialNumber: number, budgets: readonly number[]): number {
  const total = budgets.reduce((sum, budget) => sum + budget, 0);
  let rest = crc32(`${studyName}_${trialNumber}`) % total;
  return budgets.findIndex((budget) => (rest -= budget) < 0);
}

function estimateMaxResource(study: StudyView): number | null {
  const last = lastStepOfFirstCompleted(study);
  return last === null ? null : last + 1;
}
