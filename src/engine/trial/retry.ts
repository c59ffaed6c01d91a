import { FAIL_REASON_KEY, failReasonOf, STOPPED_REASON } from "./fail-reason.js";
import type { TrialSnapshot } from "./trial-snapshot.js";
import type { TrialTemplate } from "../storage.js";

export interface RetryOptions {
  /** Maximum number of retries of a trial; at least 0. Default: unlimited. */
  readonly maxRetries?: number;
  /** Copies the failed trial's reports to its retry, for objectives that continue from a checkpoint. Default false. */
  readonly inheritIntermediateValues?: boolean;
}

/** Optuna's system attributes of a trial that is another one's retry. */
const ORIGINAL_KEY = "failed_trial";
const HISTORY_KEY = "retry_history";

/** The number of the original trial that this one retries; `undefined` if this is not a retry. */
export function retriedTrialNumber(trial: TrialSnapshot): number | undefined {
  const number = trial.systemAttrs[ORIGINAL_KEY];
  return typeof number === "number" ? number : undefined;
}

/** The numbers of the failed trials behind a retry, from the original to the latest; empty for a trial that is not a retry. */
export function retryHistory(trial: TrialSnapshot): readonly number[] {
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
    ([key]) => key !== FAIL_REASON_KEY && (inheritIntermediateValues || !key.startsWith("completed_rung_")),
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
