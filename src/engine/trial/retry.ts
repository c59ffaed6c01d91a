import { CHECKPOINT_KEY, checkpointOf, isInterrupted, type StoredCheckpoint } from "./checkpoint.js";
import { FAIL_REASON_KEY, failReasonOf, STOPPED_REASON } from "./fail-reason.js";
import { continuedTrialNumber } from "./paused.js";
import { reportedStep } from "./reports.js";
import type { TrialSnapshot } from "./trial-snapshot.js";
import type { TrialTemplate } from "../storage.js";

export interface RetryOptions {
  /** Maximum number of retries of a trial; at least 0. Default: unlimited. */
  readonly maxRetries?: number;
  /** Copies the failed trial's reports to its retry, for objectives that continue from a checkpoint. Default false. */
  readonly inheritIntermediateValues?: boolean;
}

/** Optuna's system attributes of a trial that is another one's retry. */
export const ORIGINAL_KEY = "failed_trial";
export const HISTORY_KEY = "retry_history";

/** The number of the original trial that this one retries; `undefined` if this is not a retry. */
export function retriedTrialNumber(trial: TrialSnapshot): number | undefined {
  const number = trial.systemAttrs[ORIGINAL_KEY];
  return typeof number === "number" ? number : undefined;
}

/** The numbers of the failed trials behind a retry, from the original to the latest; empty for a trial that is not a retry. */
export function retryHistory(trial: Pick<TrialSnapshot, "systemAttrs">): readonly number[] {
  const history = trial.systemAttrs[HISTORY_KEY];
  return Array.isArray(history) ? history.filter((number) => typeof number === "number") : [];
}

/** The FAIL trials that have not been retried, except those that the user stopped. */
export function retryable(trials: readonly TrialSnapshot[]): TrialSnapshot[] {
  const retried = new Set(trials.flatMap(retryHistory));
  return trials.filter(
    (trial) => trial.state === "FAIL" && failReasonOf(trial) !== STOPPED_REASON && !retried.has(trial.number),
  );
}

/**
 * A WAITING trial with a failed one's parameters, as Optuna's `RetryHeartbeatStaleTrialCallback` makes it; `undefined` when it has
 * been retried often enough.
 */
export function retryOf(trial: TrialSnapshot, options: RetryOptions = {}): TrialTemplate | undefined {
  const { maxRetries = Infinity, inheritIntermediateValues = false } = options;
  const history = [...retryHistory(trial), trial.number];
  if (history.length > maxRetries) return undefined;
  // Why it failed is not the successor's; nor are the rungs it had reached, unless its reports are.
  const kept = Object.entries(trial.systemAttrs).filter(
    ([key]) =>
      key !== FAIL_REASON_KEY &&
      key !== CHECKPOINT_KEY &&
      (inheritIntermediateValues || !(key.startsWith("completed_rung_") || reportedStep(key) !== undefined)),
  );
  const original = retriedTrialNumber(trial) ?? trial.number;
  return {
    state: "WAITING",
    values: null,
    internalParams: trial.internalParams,
    distributions: trial.distributions,
    intermediateValues: inheritIntermediateValues ? trial.intermediateValues : new Map(),
    userAttrs: trial.userAttrs,
    systemAttrs: { ...Object.fromEntries(kept), [ORIGINAL_KEY]: original, [HISTORY_KEY]: history },
    datetimeStart: null,
    datetimeComplete: null,
  };
}

/**
 * How often a trial's process may die at one checkpoint before the trial is given up: less often than a study is paused for it, so that
 * parameters that need too much memory do not pause it.
 */
const MAX_DEATHS = 2;

/** The interrupted trials that nobody has continued yet, by number, except those whose process dies there again and again. */
export function interruptedTrials(trials: readonly TrialSnapshot[]): TrialSnapshot[] {
  const interrupted = trials.filter(isInterrupted);
  if (interrupted.length === 0) return [];
  const retried = new Set(trials.flatMap(retryHistory));
  return interrupted.filter((trial) => !retried.has(trial.number) && deathsThere(trial, trials) < MAX_DEATHS);
}

function deathsThere(trial: TrialSnapshot, trials: readonly TrialSnapshot[]): number {
  const { name } = checkpointOf(trial)!;
  const chain = [trial, ...retryHistory(trial).map((number) => trials[number])];
  return chain.filter((each) => each && failReasonOf(each) !== STOPPED_REASON && checkpointOf(each)?.name === name)
    .length;
}

/** A RUNNING trial that continues an interrupted one from its checkpoint: a retry of it with the reports up to there. */
export function continuationOf(trial: TrialSnapshot, checkpoint: StoredCheckpoint): TrialTemplate {
  const retry = retryOf(trial, { inheritIntermediateValues: true })!;
  return {
    ...retry,
    state: "RUNNING",
    intermediateValues: new Map([...trial.intermediateValues].filter(([step]) => step <= checkpoint.step)),
    systemAttrs: { ...withoutReportsAfter(checkpoint.step, retry.systemAttrs), [CHECKPOINT_KEY]: { ...checkpoint } },
    datetimeStart: new Date(),
  };
}

/** The same where the checkpoint is lost: it starts from nothing. */
export function repetitionOf(trial: TrialSnapshot): TrialTemplate {
  return { ...retryOf(trial)!, state: "RUNNING", datetimeStart: new Date() };
}

function withoutReportsAfter(step: number, attrs: TrialTemplate["systemAttrs"]): TrialTemplate["systemAttrs"] {
  return Object.fromEntries(Object.entries(attrs).filter(([key]) => !((reportedStep(key) ?? 0) > step)));
}

/** Whether another trial already retries what a retry retries, or continues what a trial is to continue. */
export function isRetried(trials: readonly Pick<TrialSnapshot, "systemAttrs">[], retry: TrialTemplate): boolean {
  const latest = retryHistory(retry).at(-1);
  if (latest !== undefined) return trials.some((trial) => retryHistory(trial).includes(latest));
  const continued = continuedTrialNumber(retry);
  return continued !== undefined && trials.some((trial) => continuedTrialNumber(trial) === continued);
}
