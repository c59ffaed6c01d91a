import type { CopyOptions } from "../storage/copy-paths.js";
import { repairCopy } from "../storage/repair.js";
import { plural } from "../format/plural.js";
import { quoted } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { print } from "./terminal.js";

/** How many losses are listed. */
const MOST_LOSSES = 20;

export type RepairOptions = Pick<CopyOptions, "output">;

/** `tunelens repair FILE` */
export function repair(file: string, options: RepairOptions): number {
  const { output, studies, trials, losses } = repairCopy(file, options);
  const more = losses.length > MOST_LOSSES ? [`and ${losses.length - MOST_LOSSES} more`] : [];
  const lines = [...losses.slice(0, MOST_LOSSES), ...more].map((loss) => `\n  ${loss}`);
  const lost = losses.length === 0 ? "Nothing was lost." : `Lost:${lines.join("")}`;
  print(
    `Copied what is readable in ${file} to ${output}: ${plural(studies, "study", "studies")}, ${plural(trials, "trial")}.\n` +
      `${lost}\nThe damaged file was not changed. To use the copy: --storage ${quoted(output)}\n`,
  );
  return exitCodes.done;
}
