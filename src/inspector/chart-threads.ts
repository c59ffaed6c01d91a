import { Worker } from "node:worker_threads";
import type { ChartRequest } from "../protocol/charts.js";
import { chartCanceled } from "./chart-canceled.js";
import type { ChartAnswer, ChartedStudy, ChartTask } from "./chart-work.js";
import { toWireError } from "./wire-error.js";

/** Each keeps all of a study in memory, and training needs processors too. */
const MAX_THREADS = 2;
/** A chart waits so long for another of its study to be computed. Then a second thread reads the study, which takes about as long. */
const PATIENCE_MS = 2_000;
/** What is computed and not wanted any more may go on for so long: its thread has read the study for the next chart. */
const GRACE_MS = 1_000;
/** A thread without work keeps what it has read for so long: to look from one chart to the next. Then the memory is the training's. */
const KEPT_MS = 60_000;

export type ToChartThread = ChartRequest | "cancel";
export type FromChartThread = ChartAnswer | "read";

/** What makes the charts of one study, beside this thread. */
export interface ChartThread {
  /** One at a time. @param onRead is called when the study is read, and the chart is computed. */
  make(request: ChartRequest, onRead: () => void): Promise<ChartAnswer>;
  /** Gives up the chart that is made, as long as the study is read for it. */
  cancel(): void;
  end(): void;
  /** Says why, once it has ended. */
  readonly ended: Promise<string>;
}

/** A chart that a thread makes, or will. */
export interface PendingChart {
  readonly answer: Promise<ChartAnswer>;
  cancel(): void;
}

/** Threads that each keep a study, and make its charts one after another. */
export class ChartThreads {
  private readonly queue: Pending[] = [];
  private readonly threads = new Set<KeptThread>();

  constructor(private readonly startThread: (study: ChartedStudy) => ChartThread = startChartThread) {}

  make(task: ChartTask): PendingChart {
    const pending = new Pending(task, () => this.cancel(pending));
    this.queue.push(pending);
    this.startNext();
    return pending;
  }

  /** @param storage whose charts nobody needs any more. Default: all storages. */
  close(storage?: string): void {
    const isClosed = (study: ChartedStudy) => storage === undefined || study.storage === storage;
    for (const pending of this.queue.filter(({ task }) => isClosed(task))) this.cancel(pending);
    for (const thread of this.threads) if (isClosed(thread.study)) this.end(thread);
    this.startNext();
  }

  private startNext(): void {
    for (const pending of [...this.queue]) {
      const thread = this.threadFor(pending.task);
      if (!thread) continue;
      this.queue.splice(this.queue.indexOf(pending), 1);
      thread.take(pending);
    }
  }

  /** @returns undefined where the chart has to wait. */
  private threadFor(task: ChartTask): KeptThread | undefined {
    const own = [...this.threads].filter(({ study }) => isSameStudy(study, task));
    const idle = own.find(({ isIdle }) => isIdle);
    if (idle || own.some(({ isLong }) => !isLong)) return idle;
    if (this.threads.size < MAX_THREADS) return this.start(task);
    const other = [...this.threads].find(({ isIdle }) => isIdle);
    if (!other) return undefined;
    this.end(other);
    return this.start(task);
  }

  private start({ storage, path, study }: ChartTask): KeptThread {
    const named = { storage, path, study };
    const thread = new KeptThread(named, this.startThread(named), {
      onFree: () => this.startNext(),
      onSpent: () => {
        this.end(thread);
        this.startNext();
      },
    });
    this.threads.add(thread);
    return thread;
  }

  private end(thread: KeptThread): void {
    this.threads.delete(thread);
    thread.end();
  }

  private cancel(pending: Pending): void {
    const place = this.queue.indexOf(pending);
    if (place >= 0) this.queue.splice(place, 1);
    pending.settle({ error: toWireError(chartCanceled()) });
    for (const thread of this.threads) thread.canceled(pending);
  }
}

function isSameStudy(a: ChartedStudy, b: ChartedStudy): boolean {
  return a.storage === b.storage && a.path === b.path && a.study === b.study;
}

class Pending implements PendingChart {
  readonly answer: Promise<ChartAnswer>;
  settle!: (answer: ChartAnswer) => void;

  constructor(
    readonly task: ChartTask,
    readonly cancel: () => void,
  ) {
    this.answer = new Promise((resolve) => (this.settle = resolve));
  }
}

interface ThreadEvents {
  /** Another chart may begin: in this thread, or in another because this one takes long. */
  onFree(): void;
  /** The thread is not worth keeping, or has ended. */
  onSpent(): void;
}

/** A thread between its start and its end. */
class KeptThread {
  /** Whether its chart is computed for so long that others do not wait for it. */
  isLong = false;
  private made: Pending | null = null;
  private isCanceled = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly study: ChartedStudy,
    private readonly thread: ChartThread,
    private readonly events: ThreadEvents,
  ) {
    void thread.ended.then((why) => this.fail(why));
  }

  get isIdle(): boolean {
    return this.made === null;
  }

  take(pending: Pending): void {
    clearTimeout(this.timer);
    this.made = pending;
    this.isCanceled = false;
    const { request } = pending.task;
    void this.thread.make(request, () => this.computes()).then((answer) => this.finish(answer));
  }

  canceled(pending: Pending): void {
    if (pending !== this.made || this.isCanceled) return;
    this.isCanceled = true;
    if (this.isLong) return this.events.onSpent();
    this.thread.cancel();
    this.after(GRACE_MS, () => this.events.onSpent());
  }

  end(): void {
    clearTimeout(this.timer);
    this.made?.settle({ error: toWireError(chartCanceled()) });
    this.made = null;
    this.thread.end();
  }

  private computes(): void {
    if (this.isCanceled) return;
    this.after(PATIENCE_MS, () => {
      this.isLong = true;
      this.events.onFree();
    });
  }

  private finish(answer: ChartAnswer): void {
    if (this.made === null) return;
    this.made.settle(answer);
    this.made = null;
    this.isLong = false;
    this.after(KEPT_MS, () => this.events.onSpent());
    this.events.onFree();
  }

  private fail(why: string): void {
    this.made?.settle({ error: { code: "chart-failed", message: `The chart could not be computed: ${why}` } });
    this.events.onSpent();
  }

  private after(milliseconds: number, act: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, milliseconds).unref();
  }
}

function startChartThread(study: ChartedStudy): ChartThread {
  const worker = new Worker(new URL("./chart-thread.js", import.meta.url), { workerData: study, execArgv: [] });
  const post = (message: ToChartThread) => worker.postMessage(message);
  const ended = new Promise<string>((resolve) => {
    worker.once("error", ({ message }: Error) => resolve(message));
    worker.once("exit", () => resolve("its thread ended."));
  });
  const make: ChartThread["make"] = (request, onRead) =>
    new Promise((resolve) => {
      const listen = (message: FromChartThread) => {
        if (message === "read") return onRead();
        worker.off("message", listen);
        resolve(message);
      };
      worker.on("message", listen);
      post(request);
    });
  return { make, cancel: () => post("cancel"), end: () => void worker.terminate(), ended };
}
