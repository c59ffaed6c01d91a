import { spawn } from "node:child_process";
import { OWN_GROUP } from "./process-tree.js";

/** Waits for a line: at its end the pipe was closed, which the system does when we are gone. */
const SCRIPT = 'read -r _ || { sleep "$2"; kill -s KILL -- "-$1"; }';

/**
 * Ends a process started with `detached: OWN_GROUP`, and everything that it started, once this process is gone, however it ended and whatever
 * the child is doing: a paused process (SIGSTOP) cannot run its own watchdog and is not notified. The guardian is a shell that waits outside
 * that group. Windows cannot pause processes.
 * @param grace seconds that the child has to end by itself.
 * @returns a function that dismisses it, to call when the process has ended.
 */
export function guardTree(pid: number, grace: number): () => void {
  if (!OWN_GROUP) return () => {};
  const guardian = spawn("/bin/sh", ["-c", SCRIPT, "tunelens-guardian", String(pid), String(grace)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  // If it cannot start, only the watchdog remains.
  guardian.on("error", () => {});
  guardian.stdin?.on("error", () => {});
  guardian.unref();
  return () => void guardian.kill("SIGKILL");
}
