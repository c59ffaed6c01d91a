import { spawn } from "node:child_process";
import { OWN_GROUP } from "./process-tree.js";

/** The process has a watchdog of its own, which lets it store what it has; this is how long that gets. */
const GRACE_S = 4;

/** Waits for a line: at its end the pipe was closed, which the system does when we are gone. */
const SCRIPT = 'read -r _ || { sleep "$2"; kill -s KILL -- "-$1"; }';

/**
 * Ends a process started with `detached: OWN_GROUP`, and all it started, when this process is gone, however it ended and whatever that one
 * is doing: a process that is stopped (SIGSTOP) runs no watchdog of its own, and the system tells it nothing. The guardian is a shell that
 * waits, outside that group. Windows stops no processes.
 * @returns dismisses it; to be called when the process has ended.
 */
export function guardTree(pid: number): () => void {
  if (!OWN_GROUP) return () => {};
  const guardian = spawn("/bin/sh", ["-c", SCRIPT, "tunelens-guardian", String(pid), String(GRACE_S)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  // Where it cannot be started, the watchdog is all there is.
  guardian.on("error", () => {});
  guardian.stdin?.on("error", () => {});
  guardian.unref();
  return () => void guardian.kill("SIGKILL");
}
