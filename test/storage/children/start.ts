import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pause } from "../../wait.js";

export interface Child {
  /** Lets the child begin, and kills it after so many milliseconds: it has no last word. */
  killAfter(milliseconds: number): Promise<void>;
  /** Lets the child begin, and resolves with the JSON line it prints at its end. */
  run(): Promise<unknown>;
}

/** Starts a process that prints "ready", waits for a line, works, prints one line of JSON and ends. */
export async function start(command: string, args: readonly string[]): Promise<Child> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ended early: ${stderr}`);
    return value;
  };
  const ready = await nextLine();
  if (ready !== "ready") throw new Error(`${command} printed ${ready}`);
  return {
    async killAfter(milliseconds) {
      const exited = once(child, "exit");
      child.stdin.end("go\n");
      await pause(milliseconds, "death comes at any moment of its work");
      child.kill("SIGKILL");
      await exited;
    },
    async run() {
      child.stdin.end("go\n");
      return JSON.parse(await nextLine()) as unknown;
    },
  };
}
