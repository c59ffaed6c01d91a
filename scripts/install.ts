import { spawnSync } from "node:child_process";

/** Debian packages, where we may: as root, or where sudo asks for no password. */
export function install(...packages: string[]): boolean {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = (...args: string[]) => {
    const [command, ...rest] = [...sudo, "apt-get", "-qq", ...args];
    return succeeds(command!, rest, "inherit");
  };
  console.log(`\n▸ installing ${packages.join(", ")} (once)`);
  return apt("update") && apt("install", "-y", "--no-install-recommends", ...packages);
}

/** Runs a command. @returns whether it ended with 0. */
export function succeeds(command: string, args: string[], output: "ignore" | "inherit", cwd?: string): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(command, args, { stdio: ["ignore", output, output], env, cwd }).status === 0;
}
