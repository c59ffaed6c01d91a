import { type ExecFileException, execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Raise the number when the list below changes. */
const home = join(root, ".cache", "package-managers-1");
const managers = { "npm 10": "npm@10", "npm 11": "npm@11", "pnpm 12": "pnpm@12" } as const;
const programs = { npm: "bin/npm-cli.js", pnpm: "bin/pnpm.mjs" } as const;

export type ManagerName = keyof typeof managers;
const managerNames = Object.keys(managers) as ManagerName[];

/** Installs the package managers under test where they are not there yet. */
export function provisionManagers(): void {
  if (existsSync(home)) return;
  const building = `${home}.partial`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  writeFileSync(join(building, "package.json"), JSON.stringify({ name: "package-managers", private: true }));
  const packages = managerNames.map((name) => `${folderOf(name)}@npm:${managers[name]}`);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...packages, ...quiet], { cwd: building, env: environment(), stdio: "inherit" });
  renameSync(building, home);
}

/**
 * Runs what a user of this package manager types.
 * @param words `npm`, `npx` or `pnpm`, and arguments.
 * @returns what it writes to standard output.
 * @throws Error with all its output when it fails.
 */
export async function run(manager: ManagerName, cwd: string, words: readonly string[]): Promise<string> {
  const [command, ...args] = words[0] === "npx" ? ["npm", "exec", "--", ...words.slice(1)] : words;
  const program = join(home, "node_modules", folderOf(manager), programs[command as keyof typeof programs]);
  try {
    return (await promisify(execFile)(process.execPath, [program, ...args], { cwd, env: environment() })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as ExecFileException;
    throw new Error(`${words.join(" ")} failed in ${cwd}\n${stdout}${stderr}`, { cause: error });
  }
}

function folderOf(name: ManagerName): string {
  return name.replace(" ", "-");
}

const OURS = /^(npm_(package|lifecycle|command|execpath|node)|INIT_CWD|NODE_OPTIONS|TUNELENS_|VITEST)/i;

/** A user's: with the Node that runs this, without what `npm run` and the test runner export to us and the tools of this project. */
function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, npm_config_prefer_offline: "true", CI: "true" };
  for (const name of Object.keys(env)) if (OURS.test(name)) delete env[name];
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...env, PATH: [dirname(process.execPath), ...folders].join(delimiter) };
}
