import { Worker } from "node:worker_threads";
import type { FixedTrial } from "../source/fixed-study.js";
import type { ScriptLanguage } from "../source/script-file.js";
import type { ScriptStudy } from "../source/script-study.js";
import type { SourceAnswer, SourceCall, SourceFunctions } from "../source/source-worker.js";
import type { FoundStudy } from "../source/study-finder.js";
import { type Dialect, UnreadableSourceError } from "../source/dialect.js";

/** If the parser is what takes long, the thread gives up sooner by itself. */
const TIME_LIMIT_MS = 6_000;
/** The thread is ended this long after its last text. */
const IDLE_MS = 60_000;

/** Reads study files in a thread: some texts, even innocent ones, would block the extension host for minutes. */
export class SourceReader {
  private worker: Promise<Worker> | undefined;
  /** One text at a time, to know which one took too long. */
  private last: Promise<unknown> = Promise.resolve();
  private idle: NodeJS.Timeout | undefined;
  private disposed = false;

  /**
   * @param entry the path of `source-worker.js`.
   * @param timeLimitMs for each text.
   */
  constructor(
    private readonly entry: string,
    private readonly timeLimitMs = TIME_LIMIT_MS,
  ) {}

  /**
   * Empty if the text is too long, or takes too much time or memory to read.
   * @param outdated if aborted, a text that is not yet being read is skipped.
   */
  async findStudies(text: string, dialect: Dialect, outdated?: AbortSignal): Promise<readonly FoundStudy[]> {
    if (!text.includes("tunelens") || !text.includes("defineStudy")) return [];
    try {
      return (await this.call("findStudies", [text, dialect], outdated)) ?? [];
    } catch (error) {
      if (error instanceof UnreadableSourceError) return [];
      throw error;
    }
  }

  /** @throws UnreadableSourceError if the text is too long, or takes too much time or memory to read. */
  async fixedStudy(text: string, dialect: Dialect, trial: FixedTrial): Promise<string | null> {
    return (await this.call("fixedStudy", [text, dialect, trial])) ?? null;
  }

  /** The study of a script; null if nothing of it can be tuned. @throws UnreadableSourceError as `fixedStudy`. */
  async scriptStudy(text: string, path: string, language: ScriptLanguage): Promise<ScriptStudy | null> {
    return (await this.call("scriptStudy", [text, path, language])) ?? null;
  }

  dispose(): void {
    this.disposed = true;
    void this.end();
  }

  /** @returns undefined for a text that became outdated before its turn. */
  private call<Name extends keyof SourceFunctions>(
    name: Name,
    args: Parameters<SourceFunctions[Name]>,
    outdated?: AbortSignal,
  ): Promise<ReturnType<SourceFunctions[Name]> | undefined> {
    const answer = this.last.then(() => (outdated?.aborted ? undefined : this.ask({ name, args })));
    this.last = answer.catch(() => {});
    return answer as Promise<ReturnType<SourceFunctions[Name]> | undefined>;
  }

  private async ask(call: SourceCall): Promise<unknown> {
    clearTimeout(this.idle);
    if (this.disposed) throw new Error("The extension is shutting down.");
    const worker = await (this.worker ?? this.start());
    try {
      const answer = await answerOf(worker, () => worker.postMessage(call), this.timeLimitMs);
      if (answer === "ready" || answer === "unreadable") throw new UnreadableSourceError();
      if ("error" in answer) throw new Error(answer.error);
      return answer.result;
    } finally {
      this.idle = setTimeout(() => void this.end(), IDLE_MS).unref();
    }
  }

  private start(): Promise<Worker> {
    const starting = startWorker(this.entry);
    const forget = () => {
      if (this.worker === starting) this.worker = undefined;
    };
    starting.then((worker) => worker.once("exit", forget), forget);
    return (this.worker = starting);
  }

  private async end(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    clearTimeout(this.idle);
    await (await worker?.catch(() => undefined))?.terminate();
  }
}

async function startWorker(entry: string): Promise<Worker> {
  const worker = new Worker(entry);
  // It does not keep the process alive, and an error between two calls is reported by the next one.
  worker.unref();
  worker.on("error", () => {});
  await answerOf(worker, () => {}, null);
  return worker;
}

/** @param limitMs time until the thread is ended; null: no limit. @throws UnreadableSourceError */
function answerOf(worker: Worker, ask: () => void, limitMs: number | null): Promise<SourceAnswer> {
  return new Promise((resolve, reject) => {
    const answered = (answer: SourceAnswer) => done(() => resolve(answer));
    const failed = (error: Error) => done(() => reject(error));
    const ended = () => failed(new UnreadableSourceError());
    const timer = limitMs === null ? undefined : setTimeout(() => void worker.terminate(), limitMs);
    const done = (settle: () => void) => {
      clearTimeout(timer);
      worker.off("message", answered).off("error", failed).off("exit", ended);
      settle();
    };
    worker.on("message", answered).on("error", failed).on("exit", ended);
    ask();
  });
}
