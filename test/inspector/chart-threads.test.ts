import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChartThreads } from "../../src/inspector/chart-threads.js";
import type { ChartAnswer, ChartedStudy, ChartTask } from "../../src/inspector/chart-work.js";
import type { ImportanceEvaluatorName } from "../../src/protocol/charts.js";

/** A thread that reads and computes when it is told to. */
class FakeThread {
  readonly made: string[] = [];
  isToldToCancel = false;
  hasEnded = false;
  onRead = () => {};
  answer: (answer?: ChartAnswer) => void = () => {};
  crash: (why: string) => void = () => {};
  readonly ended = new Promise<string>((resolve) => (this.crash = resolve));

  constructor(readonly study: ChartedStudy) {}

  make({ evaluator }: { readonly evaluator?: string }, onRead: () => void): Promise<ChartAnswer> {
    this.made.push(evaluator!);
    this.onRead = onRead;
    return new Promise((resolve) => (this.answer = (answer = { data }) => resolve(answer)));
  }

  cancel(): void {
    this.isToldToCancel = true;
  }

  end(): void {
    this.hasEnded = true;
  }
}

const data = { evaluator: "fanova", trials: 2, importances: [] } as const;
const canceled = { error: { code: "chart-canceled", message: "The chart was canceled." } };

let threads: FakeThread[];
let charts: ChartThreads;

beforeEach(() => {
  vi.useFakeTimers();
  threads = [];
  charts = new ChartThreads((study) => {
    const thread = new FakeThread(study);
    threads.push(thread);
    return thread;
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function make(study: string, evaluator: ImportanceEvaluatorName = "fanova", storage = "a.db") {
  const task: ChartTask = { storage, path: `/${storage}`, study, request: { chart: "importance", evaluator } };
  const { answer, cancel } = charts.make(task);
  return { answer: answer.then(plain), cancel };
}

const plain = (answer: ChartAnswer) =>
  "error" in answer ? { error: { code: answer.error.code, message: answer.error.message } } : answer;
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const settled = () => pass(0);
const of = (thread: number) => threads[thread]!.made;

describe("threads that make charts", () => {
  it("keep a study: its charts are made one after another in the thread that has read it", async () => {
    const both = [make("s", "fanova"), make("s", "mdi")];
    await pass(100_000);
    expect(of(0)).toEqual(["fanova"]);
    threads[0]!.answer();
    expect(await both[0]!.answer).toEqual({ data });
    expect(of(0)).toEqual(["fanova", "mdi"]);
    threads[0]!.answer();
    expect(await both[1]!.answer).toEqual({ data });
    await pass(59_000);
    void make("s", "ped-anova");
    expect(of(0)).toEqual(["fanova", "mdi", "ped-anova"]);
    expect(threads).toHaveLength(1);
  });

  it("end a minute after their last chart", async () => {
    void make("s");
    threads[0]!.answer();
    await pass(59_999);
    expect(threads[0]!.hasEnded).toBe(false);
    await pass(1);
    expect(threads[0]!.hasEnded).toBe(true);
    void make("s");
    expect(threads).toHaveLength(2);
  });

  it("are two, where one computes for long", async () => {
    void make("s", "fanova");
    threads[0]!.onRead();
    await pass(1_999);
    void make("s", "mdi");
    expect(threads).toHaveLength(1);
    await pass(1);
    expect(of(1)).toEqual(["mdi"]);
    threads[1]!.onRead();
    await pass(5_000);
    void make("s", "ped-anova");
    expect(threads).toHaveLength(2);
    threads[1]!.answer();
    await settled();
    expect(of(1)).toEqual(["mdi", "ped-anova"]);
  });

  it("are for two studies: one that has nothing to do makes room for a third", async () => {
    for (const study of ["a", "b", "c"]) void make(study);
    expect(threads.map(({ study }) => study.study)).toEqual(["a", "b"]);
    threads[1]!.answer();
    await settled();
    expect(threads.map(({ study, hasEnded }) => [study.study, hasEnded])).toEqual([
      ["a", false],
      ["b", true],
      ["c", false],
    ]);
  });

  it("go on reading when a chart is canceled", async () => {
    const [first, second] = [make("s", "fanova"), make("s", "mdi")];
    first.cancel();
    expect(await first.answer).toEqual(canceled);
    expect(threads[0]!.isToldToCancel).toBe(true);
    threads[0]!.answer(canceled);
    await settled();
    expect(of(0)).toEqual(["fanova", "mdi"]);
    threads[0]!.answer();
    expect(await second.answer).toEqual({ data });
    expect(threads).toHaveLength(1);
  });

  it("end with a chart that is canceled, but for one that is made within a second", async () => {
    const [first, second] = [make("s", "fanova"), make("s", "mdi")];
    void make("s", "ped-anova");
    threads[0]!.onRead();
    first.cancel();
    await pass(900);
    threads[0]!.answer();
    await settled();
    expect(of(0)).toEqual(["fanova", "mdi"]);
    threads[0]!.onRead();
    second.cancel();
    await pass(999);
    expect(threads[0]!.hasEnded).toBe(false);
    await pass(1);
    expect(threads[0]!.hasEnded).toBe(true);
    expect(of(1)).toEqual(["ped-anova"]);
  });

  it("end at once with a canceled chart that has taken long", async () => {
    const chart = make("s");
    threads[0]!.onRead();
    await pass(2_000);
    chart.cancel();
    expect(threads[0]!.hasEnded).toBe(true);
    expect(await chart.answer).toEqual(canceled);
  });

  it("do not begin a chart that is canceled before", async () => {
    const [, second] = [make("s", "fanova"), make("s", "mdi")];
    second.cancel();
    expect(await second.answer).toEqual(canceled);
    threads[0]!.answer();
    await settled();
    expect(of(0)).toEqual(["fanova"]);
  });

  it("that end by themselves fail their chart, and others take their place", async () => {
    const [first, second] = [make("s", "fanova"), make("s", "mdi")];
    threads[0]!.crash("out of memory");
    const message = "The chart could not be computed: out of memory";
    expect(await first.answer).toEqual({ error: { code: "chart-failed", message } });
    expect(of(1)).toEqual(["mdi"]);
    threads[1]!.answer();
    expect(await second.answer).toEqual({ data });
  });

  it("of a storage that is closed end; those of others go on", async () => {
    const [mine, waiting, other] = [make("s"), make("s", "mdi"), make("s", "fanova", "b.db")];
    charts.close("a.db");
    expect(await Promise.all([mine.answer, waiting.answer])).toEqual([canceled, canceled]);
    expect(threads.map(({ hasEnded }) => hasEnded)).toEqual([true, false]);
    threads[1]!.answer();
    expect(await other.answer).toEqual({ data });
  });
});
