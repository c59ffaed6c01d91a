import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, resolve } from "node:path";
import type { Readable } from "node:stream";
import { isTooManyOpenFiles, TooManyOpenFilesError } from "../open-files.js";
import { killTree, OWN_GROUP } from "../process-tree/process-tree.js";

/** Required by `module.registerHooks`, with which the training process loads study files, and by better-sqlite3. */
export const OLDEST_NODE = "22.15";

const PROBE_TIMEOUT_MS = 15_000;

/** The runtime of a child process. */
export interface Runtime {
  readonly execPath: string;
  /** `v24.1.0` */
  readonly version: string;
  readonly kind: "node" | "electron";
  /** Variables to add to the child's environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RefusedRuntime {
  readonly source: "setting" | "PATH" | "login shell" | "VS Code";
  readonly path: string | null;
  readonly reason: string;
}

/** No suitable runtime was found; `refused` and the message list everything that was tried. */
export class NoRuntimeError extends Error {
  override readonly name = "NoRuntimeError";
  readonly code = "no-runtime";
  constructor(readonly refused: readonly RefusedRuntime[]) {
    const tried = refused.map(({ source, path, reason }) => `  ${source}${path ? `: ${path}` : ""}: ${reason}`);
    super(
      `Cannot find Node.js ${OLDEST_NODE} or newer. Install it, or set its path (tunelens.nodePath or --node). Tried:\n${tried.join("\n")}`,
    );
  }
}

export interface FindRuntimeOptions {
  /** The path that the user chose. It is used or refused; nothing else is tried instead. */
  readonly configured?: string | undefined;
  /** VS Code's own runtime: `process.execPath` and `process.versions.node` of the extension host. The last resort. */
  readonly fallback?: { readonly execPath: string; readonly version: string } | undefined;
  /** The folder of the user's code: version managers choose by folder. Default: the working directory. */
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** Where and how to run programs to get their version. */
interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/**
 * The Node.js that runs the user's code: the user's choice, else the first on the PATH that is new enough, else the login shell's (an editor
 * started from a desktop does not have the shell's PATH), else VS Code's own.
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
  if (refused.length === 0) refused.push({ source: "PATH", path: null, reason: "has no node" });
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
  if (!version) return { reason: "is not Node.js (--version did not print a version)" };
  if (!isNewEnough(version)) return { reason: `${version} is too old` };
  // A version manager's shim runs the real Node.js as its child, which would then not be our child.
  const real = await capture(path, ["-p", "process.execPath"], surroundings);
  const execPath = "stdout" in real ? real.stdout.trim() : "";
  return { execPath: isAbsolute(execPath) && existsSync(execPath) ? execPath : path, version };
}

function nodesOnPath({ env, cwd }: Surroundings): string[] {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter(Boolean);
  return [...new Set(folders.map((folder) => resolve(cwd, folder, name)))].filter((path) => existsSync(path));
}

/** A shell's startup files may print anything, so the answer is between markers. */
async function loginShellNode(surroundings: Surroundings): Promise<string | { reason: string }> {
  const shell = surroundings.env.SHELL;
  if (process.platform === "win32" || !shell) return { reason: "not available" };
  const answer = await capture(shell, ["-lic", `node -p '"<node:" + process.execPath + ":node>"'`], surroundings);
  if ("reason" in answer) return { reason: `${shell}: ${answer.reason}` };
  return /<node:(.+?):node>/.exec(answer.stdout)?.[1] ?? { reason: `${shell} finds no node` };
}

function capture(command: string, args: string[], { env, cwd }: Surroundings) {
  return new Promise<{ stdout: string } | { reason: string }>((resolve, reject) => {
    // Its own session: an interactive shell would otherwise take over the terminal.
    const detached = OWN_GROUP;
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], windowsHide: true, detached, env, cwd });
    const timer = setTimeout(() => {
      // Including what a shell's startup files started.
      if (child.pid !== undefined) killTree(child.pid);
      resolve({ reason: `did not respond within ${PROBE_TIMEOUT_MS / 1000} s` });
    }, PROBE_TIMEOUT_MS);
    let stdout = "";
    // A child that could not open any files has no streams.
    const output: Readable | undefined = child.stdout;
    output?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.on("error", (error) => {
      clearTimeout(timer);
      if (isTooManyOpenFiles(error)) reject(new TooManyOpenFilesError({ cause: error }));
      else resolve({ reason: `cannot run (${error.message})` });
    });
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ stdout });
    });
  });
}
