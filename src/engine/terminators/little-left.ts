import { isBetter } from "../study/best-trials.js";
import type { Direction } from "../storage.js";
import { lastReportedStep } from "../trial/reports.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { emmr } from "./emmr.js";
import { medianError } from "./median-error.js";

/** Fewer say too little. */
const MIN_COMPLETE = 40;
/** The Gaussian process takes the cube of their number. */
const MAX_COMPLETE = 300;
/** So many trials, and this share of all, without an improvement. */
const MIN_STAGNATION = 20;
const STAGNATION_SHARE = 1 / 3;
/** A judgment may take a second. */
const EVERY_TRIALS = 5;

/** What a study has tried in vain. */
export interface LittleLeft {
  /** The number of the best trial. */
  readonly best: number;
  /** How many finished trials after it were not better. */
  readonly trials: number;
  /** How many epochs these trained, as far as they reported them. */
  readonly epochs: number;
}

/** Judges one study; what was worked out of its first trials is kept. */
export class LittleLeftJudge {
  private readonly improvement = emmr();
  private readonly error = medianError(this.improvement);

  /**
   * Whether more trials are unlikely to help, asked after every fifth in vain: there are at least 40 COMPLETE ones, none of the last 20 and of the last third of all trials was
   * better than the best, and the expected minimum model regret is less than a hundredth of its median over the first trials (Ishibashi et
   * al. 2023; Optuna's EMMREvaluator with its MedianErrorEvaluator).
   * @returns undefined while they may help.
   */
  judge(trials: readonly TrialSnapshot[], direction: Direction): LittleLeft | undefined {
    const complete = trials.filter(({ state }) => state === "COMPLETE");
    if (complete.length < MIN_COMPLETE || complete.length > MAX_COMPLETE) return undefined;
    const best = complete.reduce((a, b) => (isBetter(b.values![0]!, a.values![0]!, direction) ? b : a));
    const after = trials.filter(
      ({ number, state }) => number > best.number && (state === "COMPLETE" || state === "PRUNED"),
    );
    if (after.length % EVERY_TRIALS > 0 || after.length < Math.max(MIN_STAGNATION, STAGNATION_SHARE * complete.length))
      return undefined;
    if (!(this.improvement.evaluate(trials, direction) < this.error.evaluate(trials, direction))) return undefined;
    const epochs = after.reduce((sum, trial) => sum + (lastReportedStep(trial) ?? -1) + 1, 0);
    return { best: best.number, trials: after.length, epochs };
  }
}
