/**
 * The first command of a fresh clone: installs what package-lock.json names where that has not been done yet, then runs an npm script with
 * the Node that came with it. This file itself needs nothing but a Node of version 18 or later.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const [script, ...rest] = process.argv.slice(2);

process.on("SIGINT", () => {});
await install();
process.exitCode = await npm("run", "--silent", script, ...(rest.length > 0 ? ["--", ...rest] : []));

async function install() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".tunelens-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("Installing dependencies (once) …");
  const status = await npm("ci", "--no-audit", "--no-fund", "--loglevel=error");
  if (status !== 0) {
    console.error("npm ci failed. See its output above.");
    process.exit(status);
  }
  writeFileSync(stamp, wanted);
}

/** What was typed, which npm below does not know: a study says so to be resumed. */
function typedCommand() {
  if (process.env.npm_lifecycle_event !== "start") return {};
  return { TUNELENS_COMMAND: ["npm start", ...(rest.length > 0 ? ["--", ...rest] : [])].join(" ") };
}

/** Ctrl-C reaches every process of the terminal: this one only waits, so that a study can end cleanly and say how to resume. */
function npm(...args) {
  return new Promise((resolve) => {
    // A shell finds npm.cmd on Windows.
    const child = spawn("npm", args, {
      cwd: root,
      env: { ...process.env, ...typedCommand() },
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    child.on("error", (error) => {
      console.error(`Cannot start npm: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}
