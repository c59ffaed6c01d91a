import { checkWhole } from "../number-options.js";
import { checkOptions } from "../option-names.js";
import type { StudyView } from "../study/study-view.js";
import { untilOf } from "../trial/paused.js";
import { type Configuration, configurationsOf } from "./configurations.js";
import type { Scheduler, Work } from "./scheduler.js";

export interface AshaOptions {
  /** How many steps (such as epochs) a new configuration trains before it is first paused; at least 1. Default 1. */
  readonly minSteps?: number;
  /** One in this many configurations is promoted at each rung, and each rung takes this many times the steps; at least 2. Default 3. */
  readonly reductionFactor?: number;
  /**
   * How many steps a whole training has: nobody is paused there or later. At least `minSteps`. Default: the study's `epochs`, else unknown;
   * a training that ends by itself is done anyway.
   */
  readonly maxSteps?: number;
}

/**
 * Asynchronous successive halving, in its promotion variant (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning",
 * arXiv 1810.05934, algorithm 2). Trials are paused at rungs, after minSteps · reductionFactor^(0, 1, 2, …) steps. Of those that have reached
 * a rung, the best 1 / reductionFactor are continued to the next, the highest rung first; where nobody can be promoted, a new configuration
 * starts. Processes never wait for each other, except when there are to be no more configurations.
 *
 * Needs an objective that reports each step, asks `shouldPrune`, and keeps checkpoints, as `fit` does.
 * @throws InvalidArgumentError
 */
export function asha(options: AshaOptions = {}): Scheduler {
  const name = "AshaScheduler";
  const { minSteps = 1, reductionFactor = 3, maxSteps = Infinity } = options;
  checkOptions<AshaOptions>(name, options, { minSteps: true, reductionFactor: true, maxSteps: true });
  checkWhole(name, "minSteps", minSteps, 1);
  checkWhole(name, "reductionFactor", reductionFactor, 2);
  if (maxSteps !== Infinity) checkWhole(name, "maxSteps", maxSteps, minSteps);

  /** The step after which a trial is paused at a rung; undefined: it trains to its end. */
  const stepOf = (rung: number): number | undefined => {
    const steps = minSteps * reductionFactor ** rung;
    return steps < maxSteps ? steps - 1 : undefined;
  };

  const next: Scheduler["next"] = (study, { mayTryNew }): Work => {
    const configurations = configurationsOf(study);
    const promoted = promotable(configurations, study, stepOf, reductionFactor);
    if (promoted) return { continue: promoted.last.number, until: stepOf(promoted.rung + 1) };
    if (mayTryNew) return { try: "new", until: stepOf(0) };
    return configurations.some(({ state }) => state === "running") ? { wait: true } : { end: true };
  };
  return { name, next };
}

interface Promoted extends Pick<Configuration, "last"> {
  /** Which it has reached. */
  readonly rung: number;
}

/** The best paused configuration of the highest rung where one is among the best 1 / reductionFactor. */
function promotable(
  configurations: readonly Configuration[],
  { directions }: StudyView,
  stepOf: (rung: number) => number | undefined,
  reductionFactor: number,
): Promoted | undefined {
  const sign = directions[0] === "maximize" ? -1 : 1;
  let found: Promoted | undefined;
  for (let rung = 0; ; rung++) {
    const step = stepOf(rung);
    if (step === undefined) return found;
    const reached = configurations.flatMap((configuration) => {
      const value = valueAt(configuration.curve, step);
      return value === undefined ? [] : [{ configuration, loss: Number.isNaN(value) ? Infinity : sign * value }];
    });
    if (reached.length === 0) return found;
    const best = reached
      .sort((a, b) => (a.loss < b.loss ? -1 : Number(a.loss > b.loss)))
      .slice(0, Math.floor(reached.length / reductionFactor));
    const isWaiting = ({ state, last }: Configuration) => state === "paused" && untilOf(last) === step;
    const waiting = best.find(({ configuration, loss }) => loss < Infinity && isWaiting(configuration));
    if (waiting) found = { last: waiting.configuration.last, rung };
  }
}

/** The first value reported at this step or later: not every step need be reported. */
function valueAt(curve: ReadonlyMap<number, number>, step: number): number | undefined {
  for (const [at, value] of curve) if (at >= step) return value;
  return undefined;
}
