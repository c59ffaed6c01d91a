import { isFinished, lastStep, type TrialSnapshot } from "./trial-snapshot.js";

/** The system attribute of a trial that continues a paused one: the number of that one. */
export const CONTINUES_KEY = "tunelens:continues";

/** The system attribute of a trial that a scheduler lets train until a step: it is paused when it has reported that step. */
export const UNTIL_KEY = "tunelens:until";

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

/** Whether a scheduler has paused a trial, rather than its objective or a pruner ended it. Another may have continued it since. */
export function isPaused(trial: TrialSnapshot): boolean {
  const until = untilOf(trial);
  return until !== undefined && trial.state === "PRUNED" && (lastStep(trial) ?? -1) >= until;
}

/** The paused trials that no other trial has continued, by number. */
export function pausedTrials(trials: readonly TrialSnapshot[]): TrialSnapshot[] {
  const paused = trials.filter(isPaused);
  if (paused.length === 0) return [];
  const continued = new Set(trials.map(continuedTrialNumber));
  return paused.filter(({ number }) => !continued.has(number));
}

/** The numbers of the paused trials that another one has brought further. */
export function surpassedTrials(trials: readonly TrialSnapshot[]): number[] {
  return trials.flatMap((trial) => {
    const continued = continuedTrialNumber(trial);
    return continued !== undefined && isFinished(trial.state) && trial.state !== "FAIL" ? [continued] : [];
  });
}
