import type { WireTrialState } from "../protocol/wire.js";

/** A trial's state as shown to users: one that the user stopped is stored as FAIL, but nothing went wrong with it. */
export type ShownState = WireTrialState | "STOPPED";

/** The reason that a trial the user stopped is stored with. */
const STOPPED_REASON = "stopped";

export function shownState(trial: { readonly state: WireTrialState; readonly failReason?: string | null }): ShownState {
  return trial.state === "FAIL" && trial.failReason === STOPPED_REASON ? "STOPPED" : trial.state;
}

/**
 * The number of a study's trials in each state.
 * @param study `counts` has the `stopped` trials in FAIL.
 */
export function countShown({
  counts,
  stopped,
}: {
  readonly counts: Readonly<Record<WireTrialState, number>>;
  readonly stopped: number;
}): Record<ShownState, number> {
  return { ...counts, FAIL: counts.FAIL - stopped, STOPPED: stopped };
}
