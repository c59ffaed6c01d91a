import { setInterval, setTimeout } from "node:timers";
import { workerData } from "node:worker_threads";
import { endOwnProcessTree } from "./end-process-tree.js";

/** Runs in its own thread, so that it can end a process whose event loop is blocked. */

const POLL_MS = 500;
/** The main thread notices too, and has this long to store what it has. */
const GRACE_MS = 2_500;

const { parent } = workerData as { parent: number };

const poll = setInterval(() => {
  if (process.ppid === parent && isAlive(parent)) return;
  clearInterval(poll);
  setTimeout(endOwnProcessTree, GRACE_MS);
}, POLL_MS);

/** Windows keeps naming a parent that is gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
