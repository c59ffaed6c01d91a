import type { WireTrialState } from "../protocol/wire.js";

/** A trial's state as people are told it: one that the user stopped is stored as FAIL, but nothing went wrong with it. */
export type ShownState = WireTrialState | "STOPPED";

/** The reason that a trial the user stopped is stored with. */
const STOPPED_REASON = "stopped";

export function shownState(trial: { readonly state: WireTrialState; readonly failReason?: string | null }): ShownState {
  return trial.state === "FAIL" && trial.failReason === STOPPED_REASON ? "STOPPED" : trial.state;
}

/**
 * How many trials of a study are in each state.
 * @param study `finished` has the trials that are over but for those that were stopped, which `counts` has among FAIL.
 */
export function countShown({
  counts,
  finished,
}: {
  readonly counts: Readonly<Record<WireTrialState, number>>;
  readonly finished: number;
}): Record<ShownState, number> {
  const { COMPLETE, RUNNING, PRUNED, FAIL, WAITING } = counts;
  const failed = finished - COMPLETE - PRUNED;
  return { COMPLETE, RUNNING, PRUNED, FAIL: failed, STOPPED: FAIL - failed, WAITING };
}
