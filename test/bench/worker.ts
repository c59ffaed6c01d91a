import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** One process of a benchmark: answers one question at a time, each a line of JSON. */
export class Worker<Answer> {
  private readonly lines: AsyncIterator<string, undefined>;
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  }

  static start<Answer>(name: string, [program, ...args]: readonly string[]): Worker<Answer> {
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
