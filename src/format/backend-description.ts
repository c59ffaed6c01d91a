import type { ProbedBackend } from "../protocol/trainer.js";

/** What a backend trains on, or why it cannot be used, for people: in the terminal and in the editor. */
export function describeProbe(probe: ProbedBackend): string {
  if (!probe.usable) return `cannot be used: ${probe.reason}`;
  const { device, memory, version } = probe.description;
  const size = memory === undefined ? "" : `, ${(memory / 1e9).toFixed(1)} GB`;
  return `${device}${size}, version ${version}`;
}
