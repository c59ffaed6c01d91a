import { readFileSync, writeFileSync } from "node:fs";
import type { PeakMemory } from "../protocol/peak-memory.js";

/**
 * Begins a new count of this process's peak. Linux can (proc(5): 5 in `clear_refs` sets the peak back to what is held now); elsewhere,
 * where a container forbids it, and where no file can be opened any more, the peak is that of the process.
 * @returns reads the peak since then.
 */
export function countPeakMemory(): () => PeakMemory {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    linuxPeak();
  } catch {
    return processPeak;
  }
  return () => {
    try {
      return { bytes: linuxPeak(), since: "trial" };
    } catch {
      return processPeak();
    }
  };
}

function processPeak(): PeakMemory {
  return { bytes: process.resourceUsage().maxRSS * 1024, since: "process" };
}

function linuxPeak(): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error("/proc/self/status names no peak.");
  return Number(kibibytes) * 1024;
}
