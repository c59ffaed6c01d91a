import { migrateCopy } from "../storage/migrate.js";
import { plural } from "../format/plural.js";
import { quoted } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { print } from "./terminal.js";

export interface MigrateCommandOptions {
  readonly output?: string;
  readonly keepTimes: boolean;
}

export function migrate(file: string, options: MigrateCommandOptions): number {
  const { output, library, studies, trials } = migrateCopy(file, options);
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const times = options.keepTimes
    ? "Times are kept as they are."
    : `Times were read as ${zone}. If they are already UTC, as Optuna 5 writes them, use --keep-times.`;
  print(
    `Copied ${file}, written by Optuna ${library ?? "before 5"}, to ${output}: ` +
      `${plural(studies, "study", "studies")}, ${plural(trials, "trial")}.\n${times}\nTo use the copy: --storage ${quoted(output)}\n`,
  );
  return exitCodes.done;
}
