import { spawnSync } from "node:child_process";

/** Immediately ends this process and everything that it started. A process started as a training process leads its process group. */
export function endOwnProcessTree(): void {
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(process.pid), "/T", "/F"], { windowsHide: true });
    return;
  }
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // Not the leader of a group: started by hand.
    process.kill(process.pid, "SIGKILL");
  }
}
