import { fork } from "node:child_process";
import { isTooManyOpenFiles, TOO_MANY_OPEN_FILES_MESSAGE } from "../../open-files.js";

const LAST_WORDS_CHARACTERS = 4_000;

/** What a process answered and the end of what it wrote to stderr, or why it gave no answer. */
export type Isolated<Answer> =
  | { readonly answer: Answer; readonly stderr: string }
  | { readonly problem: string; readonly kind: "crash" | "timeout" | "stop" | "not-started" };

export interface IsolatedOptions {
  readonly cwd: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program of ours that sends its parent one message: native code that crashes or hangs does so there. */
export function runIsolated<Answer>(
  program: URL,
  args: readonly string[],
  { cwd, timeout, signal }: IsolatedOptions,
): Promise<Isolated<Answer>> {
  return new Promise((resolve) => {
    const child = fork(program, args, { cwd, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let stderr = "";
    let told: { readonly answer: Answer } | undefined;
    const end = (result: Isolated<Answer>) => {
      resolve(result);
      child.kill("SIGKILL");
    };
    const timer = setTimeout(
      () => end({ problem: `it took more than ${timeout / 1000} s.`, kind: "timeout" }),
      timeout,
    );
    const onAbort = () => end({ problem: "it was stopped.", kind: "stop" });
    signal?.addEventListener("abort", onAbort, { once: true });
    const over = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    // A child that there were no files for has no streams.
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (text: string) => (stderr = (stderr + text).slice(-LAST_WORDS_CHARACTERS)));
    child.on("message", (answer) => (told = { answer: answer as Answer }));
    child.on("error", (error) => {
      if (child.pid === undefined) over();
      const reason = isTooManyOpenFiles(error) ? TOO_MANY_OPEN_FILES_MESSAGE : error.message;
      resolve({ problem: `its process cannot start: ${reason}`, kind: "not-started" });
    });
    // After its last output.
    child.on("close", (code, killedBy) => {
      over();
      const how = killedBy ? `was ended by ${killedBy}` : `ended with exit code ${code}`;
      const problem = `it crashed: its process ${how}${lastLine(stderr)}.`;
      resolve(told ? { ...told, stderr } : { problem, kind: "crash" });
    });
  });
}

/** `: what it said last`, without stacks. */
function lastLine(text: string): string {
  const [words = ""] = text.split(/^-+ Native stack trace/m);
  const lines = words.split("\n").map((line) => line.trim());
  const said = lines.findLast((line) => line && !/^(at |Node\.js v)/.test(line));
  return said ? `: ${said.replace(/\.$/, "")}` : "";
}
