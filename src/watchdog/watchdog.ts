import { Worker } from "node:worker_threads";
import { endOwnProcessTree } from "./end-process-tree.js";

/** Longest time for `onOrphaned` to store what it has. */
const LAST_WORDS_MS = 1_500;

/**
 * Ends this process and everything that it started within 5 s of its parent's death, however the parent died and whatever this process is
 * doing.
 * @param onOrphaned stores what must not be lost, if the event loop still runs.
 */
export function startWatchdog(onOrphaned: () => Promise<void>): void {
  const thread = new Worker(new URL("./watchdog-thread.js", import.meta.url), {
    workerData: { parent: process.ppid },
    execArgv: [],
  });
  thread.unref();
  process.once("disconnect", () => {
    setTimeout(endOwnProcessTree, LAST_WORDS_MS);
    onOrphaned().then(endOwnProcessTree, endOwnProcessTree);
  });
  // Printing to a parent that is gone must not end the process before it has stored its work.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
}
