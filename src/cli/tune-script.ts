import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { TunelensError } from "../engine/errors.js";
import { readBeside } from "../source/read-beside.js";
import { describeNoOptions, scriptLanguageOf, studyFileOf } from "../source/script-file.js";
import { scriptStudy } from "../source/script-study.js";
import { commandName, quotedFile } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { print, shown } from "./terminal.js";

/** `tunelens tune-script FILE`: writes a study beside a script. */
export function tuneScript(file: string): number {
  const path = resolve(file);
  const language = scriptLanguageOf(path);
  if (!language)
    throw new TunelensError(
      "not-a-script",
      `${file} is neither a Python (.py) nor a JavaScript (.js, .mjs, .cjs) script.`,
    );
  const text = readScript(path);
  const study = scriptStudy(text, basename(path), language, readBeside(dirname(path)));
  if (!study) throw new TunelensError("no-options", `${file}: ${describeNoOptions(text, language)}`);
  const target = join(dirname(path), studyFileOf(basename(path)));
  writeNew(target, study.text);
  const name = relative(process.cwd(), target);
  print(
    `Wrote ${shown(name)}, which tunes ${shown(study.tuned.join(", "))}.\n` +
      `Check its ranges, then run: ${commandName()} run ${quotedFile(name)}\n`,
  );
  return exitCodes.done;
}

function readScript(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new TunelensError("script-not-found", `Cannot read the script: ${(cause as Error).message}.`, { cause });
  }
}

/** Overwrites nothing. */
function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new TunelensError("study-exists", `${path} already exists. Run it, or delete it first.`, { cause });
  }
}
