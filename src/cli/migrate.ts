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
    ? "Its times are kept as they are."
    : `Its times were taken for those of ${zone}; if they are UTC, as Optuna 5 writes them: --keep-times`;
  print(
    `${file}, written by Optuna ${library ?? "before 5"}, was copied to ${output}: ` +
      `${plural(studies, "study", "studies")}, ${plural(trials, "trial")}.\n${times}\nGo on with it: --storage ${quoted(output)}\n`,
  );
  return exitCodes.done;
}
