/** How this program was called, for the commands it advises. */
export function commandName(): string {
  return process.env.npm_command === "exec" || process.env.npm_lifecycle_event ? "npx tunelens" : "tunelens";
}

/** The very command again; under `npm run` the script's name, as it may do more than one thing. */
export function sameCommand(): string {
  const { npm_lifecycle_event: script, npm_command: command } = process.env;
  if (script && command !== "exec") return script === "start" ? "npm start" : `npm run ${script}`;
  return [commandName(), ...process.argv.slice(2).map(quoted)].join(" ");
}

export function quoted(argument: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(argument) ? argument : `"${argument.replaceAll('"', '\\"')}"`;
}
