import { spawnSync } from "node:child_process";

/** Whether a child is started as the leader of a process group of its own, so that the group is its tree. Windows has `taskkill /T` instead. */
export const OWN_GROUP = process.platform !== "win32";

/**
 * Ends a process started with `detached: OWN_GROUP`, and all it started, at once. Nothing is thrown when they are gone already.
 */
export function killTree(pid: number): void {
  if (!OWN_GROUP) {
    spawnSync("taskkill", ["/pid", String(pid), "/T", "/F"], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: the group is empty.
  }
}

/** Lets a process started with `detached: OWN_GROUP`, and all it started, run where somebody has paused it (SIGSTOP): it heeds nothing before. */
export function continueTree(pid: number): void {
  if (!OWN_GROUP) return;
  try {
    process.kill(-pid, "SIGCONT");
  } catch {
    // ESRCH: the group is empty.
  }
}
