import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Engine {
  readonly name: string;
  /** Undefined where this machine does not have it. */
  readonly command: readonly string[] | undefined;
}

/** Milliseconds. */
export interface StepTime {
  readonly cpu: number;
  readonly wall: number;
}

export type Answer = Partial<StepTime & { loss: number; error: string; bytes: number; tensors: number; rss: number }>;

/** One process that trains, and answers one question at a time. */
export class Worker {
  private readonly lines: AsyncIterator<string>;
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  }

  static start({ name, command }: Engine, files: readonly string[]): Worker {
    const [program, script, ...rest] = command!;
    const args = script!.endsWith(".ts") ? ["--import", "tsx", script!, ...files, ...rest] : [script!, ...files];
    return new Worker(name, spawn(program!, args, { stdio: ["pipe", "pipe", "inherit"] }));
  }

  async ask(question: object): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(question)}\n`);
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`${this.name} ended without an answer.`);
      // An engine may say something on its way.
      if (value.startsWith("{")) return JSON.parse(value) as Answer;
    }
  }

  async end(): Promise<void> {
    this.child.stdin!.end();
    if (this.child.exitCode === null) await once(this.child, "exit");
  }
}
