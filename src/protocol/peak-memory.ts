/** The most memory a trial's process held at once while the trial ran. */
export interface PeakMemory {
  /** Resident memory. What a GPU holds is not in it. */
  readonly bytes: number;
  /** `process`: since the process started, trials before this one included; where the operating system counts no less. */
  readonly since: "trial" | "process";
}

/** The trial's system attribute that holds a `PeakMemory`. */
export const PEAK_MEMORY_KEY = "tunelens:peak_memory";

/** null where the trial has none: it was not run by a training process of Tunelens, or is not over. */
export function readPeakMemory(systemAttrs: Readonly<Record<string, unknown>>): PeakMemory | null {
  const stored = systemAttrs[PEAK_MEMORY_KEY];
  if (typeof stored !== "object" || stored === null || !("bytes" in stored) || !("since" in stored)) return null;
  const { bytes, since } = stored;
  if (typeof bytes !== "number" || (since !== "trial" && since !== "process")) return null;
  return { bytes, since };
}
