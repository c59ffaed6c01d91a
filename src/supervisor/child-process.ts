import { type ChildProcess, spawn } from "node:child_process";
import { createBirpc } from "birpc";
import { ipcChannel, RemoteError } from "../protocol/channel.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import { TOO_MANY_OPEN_FILES, TOO_MANY_OPEN_FILES_MESSAGE } from "../open-files.js";
import { guardTree } from "../process-tree/guardian.js";
import { continueTree, killTree, OWN_GROUP } from "../process-tree/process-tree.js";
import type { Runtime } from "./node-runtime.js";

const HELLO_TIMEOUT_MS = 60_000;
const EXIT_TIMEOUT_MS = 3_000;
/** How long to read remaining output after a process has ended: a grandchild may keep its pipes open. */
const DRAIN_TIMEOUT_MS = 1_000;
/** The process has its own watchdog, which lets it store what it has; this is how long that may take. */
const WATCHDOG_GRACE_S = 4;
const STDERR_TAIL_CHARACTERS = 4_000;

export interface ChildOptions<Events> {
  readonly runtime: Runtime;
  /** Absolute path of the JavaScript file to run. */
  readonly entry: string;
  readonly cwd: string;
  readonly events: Events;
  /** Receives the process's output as it arrives. */
  readonly onOutput?: (stream: "stdout" | "stderr", text: string) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments for Node.js itself, such as `--inspect`. */
  readonly execArgv?: readonly string[];
  /** Aborting it immediately ends the process and everything that it started. */
  readonly signal?: AbortSignal;
}

/** How a process ended. */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it ended through `exit`, `dispose`, or `stop`; anything else is an error. */
  readonly expected: boolean;
  /** The end of what it printed to stderr. */
  readonly stderrTail: string;
}

/**
 * A process ended before it finished its work. Code `process-stopped` if we ended it, `too-many-open-files` if it could not open more files
 * (even to start), otherwise `process-exited`.
 */
export class ChildExitError extends Error {
  override readonly name = "ChildExitError";
  readonly code: "process-stopped" | "process-exited" | typeof TOO_MANY_OPEN_FILES;
  constructor(
    readonly what: string,
    readonly report: ExitReport,
  ) {
    super(describeExit(what, report));
    if (report.expected) this.code = "process-stopped";
    else this.code = lackedFiles(report.stderrTail) ? TOO_MANY_OPEN_FILES : "process-exited";
  }
}

function describeExit(what: string, report: ExitReport): string {
  const tail = report.expected ? "" : report.stderrTail.trim();
  return `${describeEnd(what, report)}${tail ? `\nLast lines of its error output:\n${tail}` : ""}`;
}

/** The same without its error output, which has already been shown. */
export function describeEnd(what: string, { code, signal, expected, stderrTail }: ExitReport): string {
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  if (expected) return `The ${what} ${how}.`;
  if (!signal && code === null) return `Cannot start the ${what}.${guessReason(signal, stderrTail)}`;
  return `The ${what} ${how} before it finished.${guessReason(signal, stderrTail)}`;
}

function guessReason(signal: NodeJS.Signals | null, stderrTail: string): string {
  if (lackedFiles(stderrTail)) return ` ${TOO_MANY_OPEN_FILES_MESSAGE}`;
  if (signal === "SIGKILL") return " The operating system does this when memory runs out.";
  if (!stderrTail.includes("heap out of memory")) return "";
  return " It ran out of JavaScript memory. Release what is no longer needed, or set NODE_OPTIONS=--max-old-space-size=8192 (MB).";
}

/** Whether the last output of a process, or the failure to start it, reports too many open files. */
function lackedFiles(stderrTail: string): boolean {
  return /\bE[MN]FILE\b|too many open files/i.test(stderrTail);
}

/** A running child with its calls. */
export interface Child<Functions> {
  readonly functions: Functions;
  readonly process: ChildProcess;
  /** Resolves when the process and its tree are gone and all output has been delivered. Never rejects. */
  readonly exited: Promise<ExitReport>;
  /** From now on, an end of the process is not an error. */
  expectExit(): void;
  killTree(): void;
  /** Asks the process to exit, and ends its tree if it does not. */
  dispose(): Promise<void>;
}

interface ExitableFunctions {
  exit(): Promise<void>;
}

/**
 * Starts a process and speaks to it over Node's IPC channel, so that stdout and stderr stay the user's.
 * @param what the name of the process in messages: `training process`
 */
export function startChild<Functions extends ExitableFunctions, Events extends object>(
  what: string,
  options: ChildOptions<Events>,
): Child<Functions> {
  const { runtime, entry, cwd, execArgv = [] } = options;
  const child = spawn(runtime.execPath, [...execArgv, entry], {
    cwd,
    env: childEnvironment(runtime, options.env),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: OWN_GROUP,
    windowsHide: true,
  });
  const printed = forwardOutput(child, options.onOutput);
  // A channel that closes under a call is told by the exit that follows.
  child.on("error", () => {});
  const rpc = createBirpc<Functions, Events>(options.events, {
    ...ipcChannel(child, (error) => ({ code: "unknown", message: String(error) })),
    bind: "functions",
  });

  const dismissGuardian = child.pid === undefined ? () => {} : guardTree(child.pid, WATCHDOG_GRACE_S);

  let expected = false;
  let ended = false;
  const exited = exitOf(child, printed).then(({ code, signal }): ExitReport => {
    ended = true;
    dismissGuardian();
    const report = { code, signal, expected, stderrTail: printed.tail };
    rpc.$close(new ChildExitError(what, report));
    return report;
  });
  const end = () => {
    if (!ended && child.pid !== undefined) killTree(child.pid);
  };
  const functions = rpc as Functions;
  const abort = () => {
    expected = true;
    end();
  };
  if (options.signal?.aborted) abort();
  else options.signal?.addEventListener("abort", abort, { once: true });
  return {
    functions,
    process: child,
    exited,
    expectExit: () => (expected = true),
    killTree: end,
    async dispose() {
      if (ended) return;
      expected = true;
      if (child.pid !== undefined) continueTree(child.pid);
      functions.exit().catch(() => {});
      const timer = setTimeout(end, EXIT_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/**
 * The handshake with a child.
 * @throws ChildExitError if it ends first, RemoteError `protocol-mismatch` if the two sides have different versions.
 */
export async function greet<Hello extends { readonly protocol: number }>(
  what: string,
  child: Child<unknown>,
  initialize: () => Promise<Hello>,
): Promise<Hello> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const message = `The ${what} did not respond within ${HELLO_TIMEOUT_MS / 1000} s.`;
    timer = setTimeout(() => reject(new RemoteError({ code: "no-hello", message })), HELLO_TIMEOUT_MS);
  });
  const ended = child.exited.then((report) => {
    throw new ChildExitError(what, report);
  });
  try {
    const hello = await Promise.race([initialize(), ended, tooLong]);
    if (hello.protocol === PROTOCOL_VERSION) return hello;
    const message =
      `The ${what} uses version ${hello.protocol} of the protocol, and its parent uses version ${PROTOCOL_VERSION}. ` +
      "They belong to different versions of Tunelens. Reload the window, or reinstall Tunelens.";
    throw new RemoteError({ code: "protocol-mismatch", message });
  } catch (error) {
    child.expectExit();
    child.killTree();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What a child inherits. */
export function childEnvironment(runtime: Runtime, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...runtime.env, ...extra };
  if (runtime.kind === "node") delete env.ELECTRON_RUN_AS_NODE;
  return env;
}

/** The end of stderr so far. */
interface Printed {
  tail: string;
}

/** A child that could not open any files has no streams. */
function forwardOutput(child: ChildProcess, onOutput: ChildOptions<unknown>["onOutput"]): Printed {
  const printed = { tail: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => onOutput?.("stdout", text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    printed.tail = (printed.tail + text).slice(-STDERR_TAIL_CHARACTERS);
    onOutput?.("stderr", text);
  });
  return printed;
}

function exitOf(
  child: ChildProcess,
  printed: Printed,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    let drained: NodeJS.Timeout | undefined;
    const failedToStart = (error: Error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
      if (child.stderr) child.stderr.emit("data", `${error.message}\n`);
      else printed.tail += `${error.message}\n`;
    };
    child.once("error", failedToStart);
    child.once("exit", (code, signal) => {
      if (child.pid !== undefined) killTree(child.pid);
      drained = setTimeout(() => resolve({ code, signal }), DRAIN_TIMEOUT_MS);
    });
    child.once("close", (code, signal) => {
      clearTimeout(drained);
      resolve({ code, signal });
    });
  });
}
