import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, resolve } from "node:path";
import type { Readable } from "node:stream";
import { isTooManyOpenFiles, TooManyOpenFilesError } from "../open-files.js";
import { killTree, OWN_GROUP } from "./process-tree.js";

/** `module.registerHooks`, which the training process loads study files through, and better-sqlite3 need it. */
export const OLDEST_NODE = "22.15";

const PROBE_TIMEOUT_MS = 15_000;

/** What a child process runs on. */
export interface Runtime {
  readonly execPath: string;
  /** `v24.1.0` */
  readonly version: string;
  readonly kind: "node" | "electron";
  /** To be added to the child's environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RefusedRuntime {
  readonly source: "setting" | "PATH" | "login shell" | "VS Code";
  readonly path: string | null;
  readonly reason: string;
}

/** No runtime is good enough; `refused` says what was tried, and the message says all of it. */
export class NoRuntimeError extends Error {
  override readonly name = "NoRuntimeError";
  readonly code = "no-runtime";
  constructor(readonly refused: readonly RefusedRuntime[]) {
    const tried = refused.map(({ source, path, reason }) => `  ${source}${path ? `: ${path}` : ""}: ${reason}`);
    super(
      `No Node.js ${OLDEST_NODE} or newer was found. Install one, or say where it is (setting or --node). Tried:\n${tried.join("\n")}`,
    );
  }
}

export interface FindRuntimeOptions {
  /** A path the user chose. It is used or refused; nothing else is tried in its place. */
  readonly configured?: string | undefined;
  /** VS Code's own runtime: `process.execPath` and `process.versions.node` of the extension host. Taken when all else fails. */
  readonly fallback?: { readonly execPath: string; readonly version: string } | undefined;
  /** Where the user's code is: version managers choose by folder. Default: the working directory. */
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** How programs are asked for their version. */
interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/**
 * The Node.js that runs the user's code: the one the user chose; else the first on the PATH that is new enough; else the login shell's
 * (an editor started from a desktop does not have the shell's PATH); else VS Code's own.
 * @throws NoRuntimeError, TooManyOpenFilesError
 */
export async function findRuntime(options: FindRuntimeOptions = {}): Promise<Runtime> {
  const surroundings = { env: options.env ?? process.env, cwd: options.cwd ?? process.cwd() };
  const refused: RefusedRuntime[] = [];
  const accept = async (source: RefusedRuntime["source"], path: string): Promise<Runtime | undefined> => {
    const probed = await probe(path, surroundings);
    if ("reason" in probed) refused.push({ source, path, reason: probed.reason });
    return "reason" in probed ? undefined : { ...probed, kind: "node", env: {} };
  };

  if (options.configured) {
    const chosen = await accept("setting", options.configured);
    if (chosen) return chosen;
    throw new NoRuntimeError(refused);
  }
  for (const path of nodesOnPath(surroundings)) {
    const found = await accept("PATH", path);
    if (found) return found;
  }
  if (refused.length === 0) refused.push({ source: "PATH", path: null, reason: "no node" });
  const fromShell = await loginShellNode(surroundings);
  if (typeof fromShell === "object") refused.push({ source: "login shell", path: null, reason: fromShell.reason });
  else if (!refused.some(({ path }) => path === fromShell)) {
    const found = await accept("login shell", fromShell);
    if (found) return found;
  }
  return fallbackRuntime(options, refused);
}

function fallbackRuntime({ fallback }: FindRuntimeOptions, refused: RefusedRuntime[]): Runtime {
  if (!fallback) throw new NoRuntimeError(refused);
  const version = `v${fallback.version.replace(/^v/, "")}`;
  if (!isNewEnough(version)) {
    refused.push({ source: "VS Code", path: fallback.execPath, reason: `${version} is too old` });
    throw new NoRuntimeError(refused);
  }
  return { execPath: fallback.execPath, version, kind: "electron", env: { ELECTRON_RUN_AS_NODE: "1" } };
}

/** @param version `v24.1.0` or `24.1.0` */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

type Probed = Pick<Runtime, "execPath" | "version"> | { readonly reason: string };

async function probe(path: string, surroundings: Surroundings): Promise<Probed> {
  if (!existsSync(path)) return { reason: "does not exist" };
  const result = await capture(path, ["--version"], surroundings);
  if ("reason" in result) return result;
  const version = /^v\d+\.\d+\.\d+/.exec(result.stdout.trim())?.[0];
  if (!version) return { reason: "is not Node.js (it did not answer --version with a version)" };
  if (!isNewEnough(version)) return { reason: `${version} is too old` };
  // A version manager's shim runs the real one as its child, which would then not be our child.
  const real = await capture(path, ["-p", "process.execPath"], surroundings);
  const execPath = "stdout" in real ? real.stdout.trim() : "";
  return { execPath: isAbsolute(execPath) && existsSync(execPath) ? execPath : path, version };
}

function nodesOnPath({ env, cwd }: Surroundings): string[] {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter(Boolean);
  return [...new Set(folders.map((folder) => resolve(cwd, folder, name)))].filter((path) => existsSync(path));
}

/** Start-up files of a shell print what they like: the answer stands between marks. */
async function loginShellNode(surroundings: Surroundings): Promise<string | { reason: string }> {
  const shell = surroundings.env.SHELL;
  if (process.platform === "win32" || !shell) return { reason: "there is none" };
  const answer = await capture(shell, ["-lic", `node -p '"<node:" + process.execPath + ":node>"'`], surroundings);
  if ("reason" in answer) return { reason: `${shell}: ${answer.reason}` };
  return /<node:(.+?):node>/.exec(answer.stdout)?.[1] ?? { reason: `${shell} finds no node` };
}

function capture(command: string, args: string[], { env, cwd }: Surroundings) {
  return new Promise<{ stdout: string } | { reason: string }>((resolve, reject) => {
    // A session of its own: an interactive shell would otherwise take the terminal from us.
    const detached = OWN_GROUP;
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], windowsHide: true, detached, env, cwd });
    const timer = setTimeout(() => {
      // What a shell's start-up files started, too.
      if (child.pid !== undefined) killTree(child.pid);
      resolve({ reason: `did not answer within ${PROBE_TIMEOUT_MS / 1000} s` });
    }, PROBE_TIMEOUT_MS);
    let stdout = "";
    // A child that there were no files for has no streams.
    const output: Readable | undefined = child.stdout;
    output?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.on("error", (error) => {
      clearTimeout(timer);
      if (isTooManyOpenFiles(error)) reject(new TooManyOpenFilesError({ cause: error }));
      else resolve({ reason: `cannot be run (${error.message})` });
    });
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ stdout });
    });
  });
}
