import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { pause } from "../wait.js";

/** Real processes of a round: `tunelens …` in a folder of its own, and whatever that starts. They are found by a mark in their environment. */

const ENTRY = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const MARK = "TUNELENS_ATTACK";
/** How long any command of a round may take: far more than the slowest needs on a busy machine. */
const COMMAND_MS = 90_000;
/** A process may outlive its parent by 5 s; the rest is for a busy machine. */
const GONE_MS = 10_000;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcess;
  /** As it comes; of very much, the end. */
  readonly printed: { stdout: string; stderr: string };
  /** @throws when it does not end in time. */
  readonly finished: Promise<Finished>;
}

export interface CommandOptions {
  /** What runs the command: `["strace", "-f"]`. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly limit?: number;
}

/** The words of `tunelens …` as a program is started. */
export function tunelensWords(...args: string[]): string[] {
  return [process.execPath, ENTRY, ...args];
}

/** Starts any program in a round's folder; what it starts has the folder's mark, too. */
export function start(folder: string, words: readonly string[], options: CommandOptions = {}): Command {
  const { under = [], env = {}, limit = COMMAND_MS } = options;
  const [program, ...args] = [...under, ...words];
  const child = spawn(program!, args, {
    cwd: folder,
    env: { ...environment(), ...env, [MARK]: folder },
    // A standard input that stays open, as `script` needs one.
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  const printed = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout = tail(printed.stdout + text)));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr = tail(printed.stderr + text)));
  const finished = new Promise<Finished>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${words.slice(2).join(" ")} has not ended after ${limit / 1000} s.\n${describe(printed)}`));
    }, limit);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...printed });
    });
  });
  // A round may fail before it waits for it.
  finished.catch(() => {});
  return { child, printed, finished };
}

function tail(text: string): string {
  return text.length > 8_000_000 ? text.slice(-4_000_000) : text;
}

/** As from a shell without npm. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
}

export function tunelens(folder: string, ...args: string[]): Promise<Finished> {
  return start(folder, tunelensWords(...args)).finished;
}

export function describe({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return `stdout: ${stdout.slice(-2_000)}\nstderr: ${stderr.slice(-2_000)}`;
}

export type Role = "terminal" | "run" | "training" | "inspector" | "other";

export interface MarkedProcess {
  readonly pid: number;
  readonly role: Role;
}

/** The living processes of a round. */
export function processesOf(folder: string): MarkedProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(`${MARK}=${folder}`)) return [];
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        if (/^[ZX] /.test(stat.slice(stat.lastIndexOf(")") + 2))) return [];
        return [{ pid: Number(name), role: roleOf(readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0")) }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

function roleOf(words: readonly string[]): Role {
  // What runs another program (strace, script) names it, too.
  if (!/node$/.test(words[0] ?? "")) return "other";
  const entry = words.find((word) => word.endsWith("/main.js")) ?? "";
  if (entry.endsWith("/cli/main.js")) return "terminal";
  if (entry.endsWith("/supervisor/main.js")) return "run";
  if (entry.endsWith("/trainer/main.js")) return "training";
  return entry.endsWith("/inspector/main.js") ? "inspector" : "other";
}

/** Nothing is thrown where it has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // ESRCH
  }
}

/** @throws when a process of the round is still alive after the time it has for its end. */
export async function allGone(folder: string): Promise<void> {
  const deadline = Date.now() + GONE_MS;
  let left = processesOf(folder);
  while (left.length > 0 && Date.now() < deadline) {
    await pause(50, "reading /proc takes its time");
    left = processesOf(folder);
  }
  assert.deepEqual(left, [], `these processes still live after ${GONE_MS / 1000} s`);
}

/** Takes what is left of a round, also of one that found something. */
export function endAll(folder: string): void {
  for (const { pid } of processesOf(folder)) signal(pid, "SIGKILL");
}
