import { TunelensError } from "../engine/errors.js";
import type { ChartData, ChartName } from "../protocol/charts.js";
import type { ChartAnswer, ChartTask } from "./chart-work.js";
import { ChartThreads, type PendingChart } from "./chart-threads.js";

/** Results kept, the latest asked for. */
const MAX_KEPT = 20;

/** Charts that take long: each is made in a thread, once for all who wait for it, and no further when nobody does. */
export class SlowCharts {
  /** By key, the latest asked for last. */
  private readonly jobs = new Map<string, Job>();

  constructor(private readonly threads: Pick<ChartThreads, "make" | "close"> = new ChartThreads()) {}

  /**
   * @param version of the study's data that the chart is made of: the same ones are not computed again.
   * @throws TunelensError (code `chart-canceled`)
   */
  make(task: ChartTask, version: string): Promise<ChartData[ChartName]> {
    const key = JSON.stringify([task, version]);
    const job = this.jobs.get(key) ?? new Job(task, this.threads.make(task), () => this.ended(key, job));
    this.jobs.delete(key);
    this.jobs.set(key, job);
    job.waiting++;
    return job.data;
  }

  /** One of those who wait for this chart does not any more. */
  cancel(task: ChartTask): void {
    const canceled = JSON.stringify(task);
    for (const [key, job] of this.jobs) {
      if (job.isFinished || JSON.stringify(job.task) !== canceled) continue;
      if (--job.waiting > 0) return;
      this.jobs.delete(key);
      return job.chart.cancel();
    }
  }

  /** Whether anything is computed now. */
  get isBusy(): boolean {
    return [...this.jobs.values()].some(({ isFinished }) => !isFinished);
  }

  /** @param storage whose charts nobody needs any more. Default: all storages. */
  close(storage?: string): void {
    for (const [key, { task }] of this.jobs)
      if (storage === undefined || task.storage === storage) this.jobs.delete(key);
    this.threads.close(storage);
  }

  /** What failed is tried again when it is asked for again. */
  private ended(key: string, job: Job): void {
    if (job.hasFailed && this.jobs.get(key) === job) this.jobs.delete(key);
    for (const [old, { isFinished }] of this.jobs) {
      if (this.jobs.size <= MAX_KEPT) break;
      if (isFinished) this.jobs.delete(old);
    }
  }
}

class Job {
  /** How many wait for it. */
  waiting = 0;
  isFinished = false;
  hasFailed = false;
  readonly data: Promise<ChartData[ChartName]>;

  constructor(
    readonly task: ChartTask,
    readonly chart: PendingChart,
    private readonly onEnd: () => void,
  ) {
    this.data = chart.answer.then((answer) => this.finish(answer));
    // Nobody may wait for it.
    this.data.catch(() => {});
  }

  private finish(answer: ChartAnswer): ChartData[ChartName] {
    this.isFinished = true;
    this.hasFailed = "error" in answer;
    this.onEnd();
    if ("data" in answer) return answer.data;
    throw new TunelensError(answer.error.code, answer.error.message);
  }
}
