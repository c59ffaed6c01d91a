import { relative } from "node:path";

/** How this program was called, for the commands it advises. */
export function commandName(): string {
  return process.env.npm_command === "exec" || process.env.npm_lifecycle_event ? "npx tunelens" : "tunelens";
}

/** The very command again; under `npm run` the script's name, as it may do more than one thing. */
export function sameCommand(): string {
  // A script that calls npm once more says what the user has typed.
  if (process.env.TUNELENS_COMMAND) return process.env.TUNELENS_COMMAND;
  const { npm_lifecycle_event: script, npm_command: command } = process.env;
  if (script && command !== "exec") return script === "start" ? "npm start" : `npm run ${script}`;
  return [commandName(), ...process.argv.slice(2).map(quoted)].join(" ");
}

/** Where the commands it advises are to be typed, from where the user stands: an npm script may have gone elsewhere. Empty when right here. */
export function folderOfCommands(): string {
  const { npm_lifecycle_event: script, npm_command: command, INIT_CWD: from } = process.env;
  return script && command !== "exec" && from ? relative(from, process.cwd()) : "";
}

export function quoted(argument: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(argument) ? argument : `"${argument.replaceAll('"', '\\"')}"`;
}
