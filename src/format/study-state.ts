import { changedTrialsOf } from "../protocol/study-source.js";
import type { StudyEnd, StudySource } from "../protocol/trainer.js";
import type { WireTrialState } from "../protocol/wire.js";

/** What a study that nobody runs is, from what is stored of it: the same in every place that shows it. */
export type IdleState =
  "empty" | "finished" | "all-failed" | "failed" | "stopped" | "paused" | "timed-out" | "not-running";

export const idleLabels: Readonly<Record<IdleState, string>> = {
  empty: "No trials",
  finished: "Finished",
  "all-failed": "Every trial failed",
  failed: "Failed",
  stopped: "Stopped",
  paused: "Paused",
  "timed-out": "Timed out",
  "not-running": "Not running",
};

/** What short lists say of a study that nobody runs, beside its count; undefined: the count says it all. */
export function idleWords(state: IdleState): string | undefined {
  const isPlain = state === "empty" || state === "finished" || state === "not-running";
  return isPlain ? undefined : idleLabels[state].toLowerCase();
}

export interface StoredStudy {
  readonly counts: Readonly<Record<WireTrialState, number>>;
  readonly finished: number;
  readonly source: StudySource | null;
  readonly end: StudyEnd | null;
}

export function idleState({ counts, finished, source, end }: StoredStudy): IdleState {
  if (end?.error) return end.error.code === "study-paused" ? "paused" : "failed";
  const total = source === null ? null : (changedTrialsOf(source, source.codedTrials) ?? source.trials);
  const isDone = end?.reason === "terminator" || (total !== null && finished >= total);
  if (!isDone && end?.reason === "stopped") return "stopped";
  if (!isDone && end?.reason === "paused") return "paused";
  if (finished > 0 && counts.COMPLETE + counts.PRUNED === 0) return "all-failed";
  if (isDone) return "finished";
  if (end?.reason === "timeout") return "timed-out";
  if (Object.values(counts).every((count) => count === 0)) return "empty";
  // A study that was ended from outside, with its process, has no end: its interrupted trials are stopped. Other programs store none.
  return source === null ? "not-running" : "stopped";
}
