import { isFinished, lastStep, type TrialSnapshot } from "./trial-snapshot.js";

/** The system attribute of a trial that continues a paused one: the number of that one. */
export const CONTINUES_KEY = "tunelens:continues";

/** The system attribute of a trial that a scheduler lets train until a step: it is paused when it has reported that step. */
export const UNTIL_KEY = "tunelens:until";

/** The system attribute of a trial that a scheduler has paused: its last step. */
export const PAUSED_KEY = "tunelens:paused";

type Attrs = Pick<TrialSnapshot, "systemAttrs">;

/** The number of the paused trial that this one continues; `undefined` if it is the first of its configuration. */
export function continuedTrialNumber({ systemAttrs }: Attrs): number | undefined {
  const number = systemAttrs[CONTINUES_KEY];
  return typeof number === "number" ? number : undefined;
}

/** The step (0-based) after which a trial is paused; `undefined`: it trains to its end. */
export function untilOf({ systemAttrs }: Attrs): number | undefined {
  const until = systemAttrs[UNTIL_KEY];
  return typeof until === "number" ? until : undefined;
}

/**
 * The last step of a trial that a scheduler has paused, rather than its objective or a pruner ended it; `undefined` for another. Another
 * trial may have continued it since.
 */
export function pausedAt(trial: TrialSnapshot): number | undefined {
  if (trial.state !== "PRUNED") return undefined;
  // It is also known of a trial that is read without what it reported.
  const stored = trial.systemAttrs[PAUSED_KEY];
  if (typeof stored === "number") return stored;
  const [until, last] = [untilOf(trial), lastStep(trial)];
  return until !== undefined && last !== null && last >= until ? last : undefined;
}

/** Whether a scheduler has paused a trial. */
export function isPaused(trial: TrialSnapshot): boolean {
  return pausedAt(trial) !== undefined;
}

/** The paused trials that no other trial has continued, by number. */
export function pausedTrials(trials: readonly TrialSnapshot[]): TrialSnapshot[] {
  const paused = trials.filter(isPaused);
  if (paused.length === 0) return [];
  const continued = new Set(trials.map(continuedTrialNumber));
  return paused.filter(({ number }) => !continued.has(number));
}

/** Of each trial that another one continues, and has not failed to: the number of that one. */
export function continuations(trials: readonly TrialSnapshot[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const trial of trials) {
    const continued = continuedTrialNumber(trial);
    if (continued !== undefined && trial.state !== "FAIL") found.set(continued, trial.number);
  }
  return found;
}

/** The numbers of the paused trials that another one has brought further. */
export function surpassedTrials(trials: readonly TrialSnapshot[]): number[] {
  return trials.flatMap((trial) => {
    const continued = continuedTrialNumber(trial);
    return continued !== undefined && isFinished(trial.state) && trial.state !== "FAIL" ? [continued] : [];
  });
}
