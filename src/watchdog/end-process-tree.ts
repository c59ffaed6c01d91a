import { spawnSync } from "node:child_process";

/** Ends this process and all it started, at once. It is the leader of its process group when its parent started it as a training process. */
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
