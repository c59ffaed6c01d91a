import { formatNumber } from "../../src/format/numbers.js";
import type { TrialRepeats } from "../../src/protocol/inspector.js";

/** "mean 0.95 ± 0.01 of 3 trials (#4, #9, #12)". */
export function repeatsText({ numbers, mean, deviation }: TrialRepeats, objective: number): string {
  const which = numbers.map((number) => `#${number}`).join(", ");
  return `mean ${formatNumber(mean[objective]!)} ± ${formatNumber(deviation[objective]!)} of ${numbers.length} trials (${which})`;
}
