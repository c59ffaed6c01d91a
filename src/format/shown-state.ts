import type { WireTrialState } from "../protocol/wire.js";

/**
 * A trial's state as shown to users: one that the user stopped is stored as FAIL, but nothing went wrong with it, and one that a scheduler
 * paused is stored as PRUNED, but may go on.
 */
export type ShownState = WireTrialState | "STOPPED" | "PAUSED";

/** The reason that a trial the user stopped is stored with. */
const STOPPED_REASON = "stopped";

interface StoredState {
  readonly state: WireTrialState;
  readonly failReason?: string | null;
  /** The step at which a scheduler has paused it. */
  readonly pausedAt?: number | null;
}

export function shownState({ state, failReason, pausedAt }: StoredState): ShownState {
  if (state === "PRUNED" && typeof pausedAt === "number") return "PAUSED";
  return state === "FAIL" && failReason === STOPPED_REASON ? "STOPPED" : state;
}

/**
 * The number of a study's trials in each state.
 * @param study `counts` has the `stopped` trials in FAIL, and the `paused` ones in PRUNED.
 */
export function countShown({
  counts,
  stopped,
  paused,
}: {
  readonly counts: Readonly<Record<WireTrialState, number>>;
  readonly stopped: number;
  readonly paused: number;
}): Record<ShownState, number> {
  const { COMPLETE, RUNNING, PRUNED, FAIL, WAITING } = counts;
  return {
    COMPLETE,
    RUNNING,
    PAUSED: paused,
    PRUNED: PRUNED - paused,
    FAIL: FAIL - stopped,
    STOPPED: stopped,
    WAITING,
  };
}
