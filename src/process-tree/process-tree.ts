import { spawnSync } from "node:child_process";

/** Whether a child leads its own process group, so that the group is its tree. Windows has `taskkill /T` instead. */
export const OWN_GROUP = process.platform !== "win32";

/**
 * Immediately ends a process started with `detached: OWN_GROUP`, and everything that it started. Does not throw if they are already gone.
 */
export function killTree(pid: number): void {
  if (OWN_GROUP) signalGroup(pid, "SIGKILL");
  else spawnSync("taskkill", ["/pid", String(pid), "/T", "/F"], { windowsHide: true });
}

/** Asks a process started with `detached: OWN_GROUP`, and everything that it started, to end. On Windows, which cannot ask, ends them. */
export function terminateTree(pid: number): void {
  if (OWN_GROUP) signalGroup(pid, "SIGTERM");
  else killTree(pid);
}

/** Continues a process started with `detached: OWN_GROUP`, and everything that it started, if it was paused (SIGSTOP): a paused process heeds nothing. */
export function continueTree(pid: number): void {
  if (OWN_GROUP) signalGroup(pid, "SIGCONT");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is empty.
  }
}
