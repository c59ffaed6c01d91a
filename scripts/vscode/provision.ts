/**
 * A real VS Code to test in and to look at. Where Microsoft's download can be reached, @vscode/test-electron brings the desktop VS Code;
 * elsewhere the npm package `code-server` (the same workbench and extension host, served to a browser) is installed into
 * `.vscode-test/`, which git ignores.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CODE_SERVER = "4.139.1";
const home = join(root, ".vscode-test", `code-server-${CODE_SERVER}`);

/** The command line that starts code-server: a script for Node. Installs it first where it is not there yet (about 90 s). */
export function codeServerEntry(): string {
  const entry = join(home, "node_modules", "code-server", "out", "node", "entry.js");
  if (!existsSync(entry)) install();
  return entry;
}

function install(): void {
  console.log(`Installing code-server ${CODE_SERVER} into .vscode-test (once, about 90 s) …`);
  const building = `${home}.partial`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  writeFileSync(join(building, "package.json"), JSON.stringify({ name: "vscode-for-tests", private: true }));
  npm(building, "install", `code-server@${CODE_SERVER}`, "--ignore-scripts");
  const vscode = join(building, "node_modules", "code-server", "lib", "vscode");
  npm(vscode, "install", "--omit=dev", "--ignore-scripts");
  link("code-linux.sh", join(vscode, "bin", "remote-cli", "code-server"));
  link("browser-linux.sh", join(vscode, "bin", "helpers", "browser.sh"));
  npm(join(vscode, "extensions"), "install", "--omit=dev", "--ignore-scripts");
  buildLogger(building, vscode);
  renameSync(building, home);
}

/**
 * VS Code writes its logs, and with them every output channel, through a native logger. It is compiled against the headers of the Node
 * that runs this script; without a compiler VS Code still works, with empty output channels.
 */
function buildLogger(building: string, vscode: string): void {
  const headers = `node-${process.platform}-${process.arch}`;
  try {
    npm(building, "install", `${headers}@${process.versions.node}`, "--ignore-scripts");
    const nodedir = join(building, "node_modules", headers);
    npmWith(
      { npm_config_nodedir: nodedir, npm_package_config_node_gyp_nodedir: nodedir },
      vscode,
      "rebuild",
      "@vscode/spdlog",
    );
  } catch (error) {
    console.warn(`Cannot build VS Code's logger, so its output channels stay empty: ${String(error)}`);
  }
}

function link(target: string, path: string): void {
  if (!existsSync(path)) symlinkSync(target, path);
}

/** npm, run by the Node that runs this script, whatever Node the machine's npm would find. */
function npm(cwd: string, ...args: string[]): void {
  npmWith({}, cwd, ...args);
}

function npmWith(settings: NodeJS.ProcessEnv, cwd: string, ...args: string[]): void {
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  // npm run exports its own settings; an inner npm must not take them for its own.
  for (const name of Object.keys(env)) if (/^npm_(config|package|lifecycle)/i.test(name)) delete env[name];
  Object.assign(env, settings);
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, env, stdio: "inherit" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(codeServerEntry());
