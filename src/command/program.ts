import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { guardTree } from "../process-tree/guardian.js";
import { killTree, OWN_GROUP, terminateTree } from "../process-tree/process-tree.js";
import { followTreeMemory } from "../process-tree/tree-memory.js";
import { LineReader } from "./line-reader.js";

/** How long a program may take to heed SIGTERM. The objective of a stopped trial has 2 s in all. */
const TERMINATE_MS = 1_000;
/** How long to read remaining output after the program has ended: what it started may keep its pipes open. */
const DRAIN_MS = 1_000;
const STDERR_LINES = 10;

export interface ProgramStart {
  /** The program and its arguments; with `shell`, a command for the shell alone. */
  readonly args: readonly string[];
  readonly shell: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Receives each line of its output. */
  readonly onLine: (line: string) => void;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not start, and what to do. */
  readonly startError: string | undefined;
  /** The last lines of its error output. */
  readonly stderr: string;
}

export interface Program {
  /** Resolves when the program and everything that it started are gone. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** The most memory that it and everything that it started held at once, in bytes; undefined while or where nobody knows. */
  readonly peakMemory: number | undefined;
  /** Ends it and everything that it started: by SIGTERM, and 1 s later at once. */
  end(): void;
}

/** Starts a program in a process group of its own, which ends with this process however it ends. Its output is this process's. */
export function startProgram({ args, shell, cwd, env, onLine }: ProgramStart): Program {
  const child = spawn(args[0]!, args.slice(1), {
    cwd,
    env,
    shell,
    stdio: ["ignore", "pipe", "pipe"],
    detached: OWN_GROUP,
    windowsHide: true,
  });
  const { pid } = child;
  const dismissGuardian = pid === undefined ? () => {} : guardTree(pid, 0);
  const memory = pid === undefined ? undefined : followTreeMemory(pid);
  const stderr: string[] = [];
  const readers = [
    readLines(child.stdout, process.stdout, onLine),
    readLines(child.stderr, process.stderr, (line) => {
      if (line.trim() !== "") stderr.push(line);
      if (stderr.length > STDERR_LINES) stderr.shift();
      onLine(line);
    }),
  ];
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<ProgramEnd>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null, startError?: string) => {
      clearTimeout(timer);
      dismissGuardian();
      memory?.stop();
      for (const stop of readers) stop();
      resolve({ code, signal, startError, stderr: stderr.join("\n") });
    };
    child.once("error", (error) => {
      if (pid === undefined) finish(null, null, describeStartError(args[0]!, cwd, error));
    });
    child.once("exit", (code, signal) => {
      if (pid !== undefined) killTree(pid);
      clearTimeout(timer);
      timer = setTimeout(() => finish(code, signal), DRAIN_MS);
    });
    child.once("close", finish);
  });
  return {
    ended,
    get peakMemory() {
      return memory?.peak;
    },
    end() {
      if (pid === undefined || timer) return;
      terminateTree(pid);
      timer = setTimeout(() => killTree(pid), TERMINATE_MS);
    },
  };
}

/** @returns a function that ends the reading. */
function readLines(from: NodeJS.ReadableStream, to: NodeJS.WriteStream, onLine: (line: string) => void): () => void {
  const reader = new LineReader(onLine);
  from.on("data", (bytes: Buffer) => reader.feed(bytes));
  // Waits where whoever reads our output is slower than the program.
  from.pipe(to, { end: false });
  return () => {
    reader.end();
    from.unpipe(to);
    from.removeAllListeners("data");
  };
}

function describeStartError(program: string, cwd: string, error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") return `it cannot start: ${error.message}.`;
  if (!existsSync(cwd)) return `the folder ${cwd} does not exist. Change cwd.`;
  if (/[\\/]/.test(program)) return `there is no program "${program}". Correct its path.`;
  return `there is no program "${program}" on the PATH. Install it, or write its path in the command.`;
}
