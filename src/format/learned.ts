import type { LearnedInfo } from "../protocol/inspector.js";
import { plural } from "./plural.js";

/** What a study started with: `14 of the 20 finished trials of "digits"`. */
export function learnedShare({ study, finished, taken }: LearnedInfo): string {
  const count = taken === 0 ? "none" : taken === finished ? "all" : String(taken);
  return `${count} of the ${plural(finished, "finished trial")} of "${study}"`;
}
