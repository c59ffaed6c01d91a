import { readFileSync } from "node:fs";

/** A zombie has ended too: it only waits for whoever adopted it to look. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== "linux") return true;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^ Z/.test(stat.slice(stat.lastIndexOf(")") + 1));
  } catch {
    return false;
  }
}
