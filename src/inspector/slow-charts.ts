import { Worker } from "node:worker_threads";
import { TunelensError } from "../engine/errors.js";
import type { ChartData, ChartName } from "../protocol/charts.js";
import type { ChartAnswer, ChartTask } from "./chart-task.js";

/** Each reads its study anew, and training needs processors too. */
const MAX_THREADS = 2;
/** Results kept, the latest asked for. */
const MAX_KEPT = 20;

/** What makes a chart, beside this thread. */
export interface ChartThread {
  readonly answer: Promise<ChartAnswer>;
  end(): void;
}

/** Charts that take long: each is made in a thread, once for all who wait for it, and no further when nobody does. */
export class SlowCharts {
  /** By key, the latest asked for last. */
  private readonly jobs = new Map<string, Job>();

  constructor(private readonly startThread: (task: ChartTask) => ChartThread = startChartThread) {}

  /**
   * @param version of the study's data that the chart is made of: the same ones are not computed again.
   * @throws TunelensError (code `chart-canceled`)
   */
  make(task: ChartTask, version: string): Promise<ChartData[ChartName]> {
    const key = JSON.stringify([task, version]);
    const job = this.jobs.get(key) ?? new Job(task, () => this.ended(key, job));
    this.jobs.delete(key);
    this.jobs.set(key, job);
    job.waiting++;
    this.startNext();
    return job.data;
  }

  /** One of those who wait for this chart does not any more. */
  cancel(task: ChartTask): void {
    const canceled = JSON.stringify(task);
    const job = this.unfinished.find((candidate) => JSON.stringify(candidate.task) === canceled);
    if (job && --job.waiting === 0) job.cancel();
  }

  /** Whether anything is computed now. */
  get isBusy(): boolean {
    return this.unfinished.length > 0;
  }

  /** @param storage whose charts nobody needs any more. Default: all storages. */
  close(storage?: string): void {
    for (const [key, job] of this.jobs) {
      if (storage !== undefined && job.task.storage !== storage) continue;
      this.jobs.delete(key);
      job.cancel();
    }
  }

  private get unfinished(): Job[] {
    return [...this.jobs.values()].filter(({ isFinished }) => !isFinished);
  }

  private startNext(): void {
    const { unfinished } = this;
    const free = MAX_THREADS - unfinished.filter(({ isStarted }) => isStarted).length;
    for (const job of unfinished.filter(({ isStarted }) => !isStarted).slice(0, free)) job.start(this.startThread);
  }

  /** What failed is tried again when it is asked for again. */
  private ended(key: string, job: Job): void {
    if (job.hasFailed && this.jobs.get(key) === job) this.jobs.delete(key);
    for (const [old, { isFinished }] of this.jobs) {
      if (this.jobs.size <= MAX_KEPT) break;
      if (isFinished) this.jobs.delete(old);
    }
    this.startNext();
  }
}

export function chartCanceled(): TunelensError {
  return new TunelensError("chart-canceled", "The chart was canceled.");
}

class Job {
  /** How many wait for it. */
  waiting = 0;
  isFinished = false;
  hasFailed = false;
  readonly data: Promise<ChartData[ChartName]>;
  private thread: ChartThread | undefined;
  private settle!: (answer: ChartAnswer) => void;

  constructor(
    readonly task: ChartTask,
    private readonly onEnd: () => void,
  ) {
    const answered = new Promise<ChartAnswer>((resolve) => (this.settle = resolve));
    this.data = answered.then((answer) => {
      if ("data" in answer) return answer.data;
      throw new TunelensError(answer.error.code, answer.error.message);
    });
    // Nobody may wait for it.
    this.data.catch(() => {});
  }

  get isStarted(): boolean {
    return this.thread !== undefined;
  }

  start(startThread: (task: ChartTask) => ChartThread): void {
    this.thread = startThread(this.task);
    void this.thread.answer.then((answer) => this.finish(answer));
  }

  cancel(): void {
    this.thread?.end();
    this.finish({ error: chartCanceled() });
  }

  private finish(answer: ChartAnswer): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.hasFailed = "error" in answer;
    this.settle(answer);
    this.onEnd();
  }
}

function startChartThread(task: ChartTask): ChartThread {
  const worker = new Worker(new URL("./chart-thread.js", import.meta.url), { workerData: task, execArgv: [] });
  const answer = new Promise<ChartAnswer>((resolve) => {
    worker.once("message", resolve);
    const failed = (message: string) => resolve({ error: { code: "chart-failed", message } });
    worker.once("error", ({ message }) => failed(`The chart could not be computed: ${message}`));
    worker.once("exit", () => failed("The chart could not be computed: its thread ended."));
  });
  return { answer, end: () => void worker.terminate() };
}
