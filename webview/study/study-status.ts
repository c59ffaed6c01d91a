import { idleLabels, type IdleState, idleState } from "../../src/format/study-state.js";
import type { DashboardSnapshot } from "../../src/protocol/dashboard.js";

/** What a study is doing, as one word for the header's pill and for which parts of the page are shown. */
export type StudyStatus =
  | "loading"
  | "not-started"
  | "deleted"
  | "waiting"
  | "running"
  | "stopping"
  | "pausing"
  | "retraining"
  | "elsewhere"
  | IdleState
  | "read-only";

export const statusLabels: Readonly<Record<StudyStatus, string>> = {
  loading: "Loading",
  "not-started": "Not started",
  deleted: "Deleted",
  waiting: "Starting",
  running: "Running",
  stopping: "Stopping",
  pausing: "Pausing",
  retraining: "Retraining",
  elsewhere: "Running elsewhere",
  ...idleLabels,
  "read-only": "Read-only",
};

/** @param existed whether this panel has shown the study before: then a study that is not there has been deleted. */
export function studyStatus(snapshot: DashboardSnapshot | null, existed: boolean): StudyStatus {
  if (snapshot === null) return "loading";
  const { running, study, error } = snapshot;
  if (running !== null) {
    if (running.stopping) return "stopping";
    if (running.kind === "retrain") return "retraining";
    if (running.pausing) return "pausing";
    const any = study !== null && Object.values(study.counts).some((count) => count > 0);
    return any || running.progress.length > 0 ? "running" : "waiting";
  }
  if (error !== null) return error.paused ? "paused" : "failed";
  if (study === null) return existed ? "deleted" : "not-started";
  if (study.workers.processes.length > 0 || study.workers.others > 0) return "elsewhere";
  const idle = idleState(study);
  const goesOn = idle === "stopped" || idle === "paused" || idle === "timed-out" || idle === "not-running";
  return goesOn && readOnlyBecause(snapshot) !== null ? "read-only" : idle;
}

export interface StudyProgress {
  /** COMPLETE, PRUNED and FAIL trials, without those that were stopped. */
  readonly finished: number;
  /** null: the study has no end. */
  readonly total: number | null;
}

export function studyProgress({ study, running }: DashboardSnapshot): StudyProgress {
  if (running?.kind === "study") return { finished: running.finished, total: running.trials };
  return { finished: study?.finished ?? 0, total: study?.source?.trials ?? null };
}

/** Why nothing can be started right now, or null. */
export function startBlockedBy(snapshot: DashboardSnapshot): string | null {
  if (!snapshot.trusted) return "Tunelens runs studies only in trusted workspaces.";
  if (snapshot.running !== null) return "The study is running.";
  return readOnlyBecause(snapshot);
}

/** Why the study can only be looked at, whatever happens meanwhile, or null. */
function readOnlyBecause({ study, hasCode }: DashboardSnapshot): string | null {
  if (study !== null && study.olderLibrary !== null)
    return `This study is read-only: Optuna ${study.olderLibrary} wrote it. Migrate a copy to resume it.`;
  if (hasCode) return null;
  return study === null
    ? "The code of this study is unknown. Start it from its file."
    : "This study is read-only: Tunelens did not start it.";
}
