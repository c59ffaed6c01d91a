import { relative } from "node:path";
import { visibleLine } from "../format/visible-text.js";

/** How this program was called, for the commands it suggests. */
export function commandName(): string {
  return process.env.npm_command === "exec" || process.env.npm_lifecycle_event ? "npx tunelens" : "tunelens";
}

/** The same command again; under `npm run`, the script's name, since the script may do more than one thing. */
export function sameCommand(): string {
  // A script that calls npm once more says what the user has typed.
  if (process.env.TUNELENS_COMMAND) return process.env.TUNELENS_COMMAND;
  const { npm_lifecycle_event: script, npm_command: command } = process.env;
  if (script && command !== "exec") return script === "start" ? "npm start" : `npm run ${script}`;
  return [commandName(), ...process.argv.slice(2).map((argument) => quoted(argument))].join(" ");
}

/** The folder to run suggested commands in, relative to the user's: an npm script may have changed it. Empty for the user's own. */
export function folderOfCommands(): string {
  const { npm_lifecycle_event: script, npm_command: command, INIT_CWD: from } = process.env;
  return script && command !== "exec" && from ? relative(from, process.cwd()) : "";
}

/** An argument as it is typed: a shell hands it on unchanged, whatever is in it. */
export function quoted(argument: string, windows = process.platform === "win32"): string {
  if (windows) return quotedForWindows(argument);
  if (/^[\w%+:,./@-][\w%+:,./@=-]*$/.test(argument)) return argument;
  if (/^[\w %+:,./@=-]+$/.test(argument)) return `"${argument}"`;
  const line = visibleLine(argument);
  return line === argument ? inSingleQuotes(argument) : printfQuoted(argument);
}

/** A file's name, which may begin like an option. */
export function quotedFile(file: string): string {
  return quoted(file.startsWith("-") ? `./${file}` : file);
}

/** In a POSIX shell nothing means anything between them, but the next one. */
function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a terminal would obey is written as its bytes, which `printf` puts back. */
function printfQuoted(text: string): string {
  // A substitution loses the line breaks at its end.
  const breaks = /\n*$/.exec(text)![0];
  const octal = (character: string) =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const special = (character: string, at: number) =>
    /[%\\'"`$!]/.test(character) || visibleLine(character) !== character || (at === 0 && character === "-");
  const format = [...text.slice(0, text.length - breaks.length)]
    .map((character, at) => (special(character, at) ? octal(character) : character))
    .join("");
  const begun = format === "" ? "" : `"$(printf '${format.replaceAll("\\045", "%%")}')"`;
  return breaks ? `${begun}'${breaks}'` : begun;
}

/** As PowerShell reads it; where it is another shell, nothing of it runs either. */
function quotedForWindows(argument: string): string {
  if (/^[\w+=:./\\-]+$/.test(argument)) return argument;
  const inner = argument.replace(/[`$]/g, "`$&").replaceAll('"', '""').replaceAll("\r", "`r").replaceAll("\n", "`n");
  return `"${inner}"`;
}
