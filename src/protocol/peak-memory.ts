/** The peak memory of a trial's process while the trial ran; of a trial that ran a program, that of the program and all that it started. */
export interface PeakMemory {
  /** Resident memory, without GPU memory. */
  readonly bytes: number;
  /** `process`: since the process started, including earlier trials, if the operating system measures nothing finer. */
  readonly since: "trial" | "process";
}

/** The trial's system attribute that holds a `PeakMemory`. */
export const PEAK_MEMORY_KEY = "tunelens:peak_memory";

/** null if the trial has none: it was not run by a training process of Tunelens, or has not finished. */
export function readPeakMemory(systemAttrs: Readonly<Record<string, unknown>>): PeakMemory | null {
  const stored = systemAttrs[PEAK_MEMORY_KEY];
  if (typeof stored !== "object" || stored === null || !("bytes" in stored) || !("since" in stored)) return null;
  const { bytes, since } = stored;
  if (typeof bytes !== "number" || (since !== "trial" && since !== "process")) return null;
  return { bytes, since };
}
