import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";
import { program } from "../programs.js";

export const entry = program("cli/main");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tunelens …` in a folder, started as from a shell without npm. */
export function startTunelens(folder: string, ...args: string[]) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const printed = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text));
  const finished = new Promise<Finished>((resolve) => child.on("close", (code) => resolve({ code, ...printed })));
  return { child, printed, finished };
}

export function tunelens(folder: string, ...args: string[]): Promise<Finished> {
  return startTunelens(folder, ...args).finished;
}
