import { beforeEach, describe, expect, it } from "vitest";
import type { ChartAnswer, ChartTask } from "../../src/inspector/chart-task.js";
import { SlowCharts } from "../../src/inspector/slow-charts.js";

interface Thread {
  readonly task: ChartTask;
  readonly answer: (answer: ChartAnswer) => void;
  ended: boolean;
}

let threads: Thread[];
let charts: SlowCharts;

beforeEach(() => {
  threads = [];
  charts = new SlowCharts((task) => {
    let answer: Thread["answer"] = () => {};
    const thread = { task, answer: (given: ChartAnswer) => answer(given), ended: false };
    threads.push(thread);
    return { answer: new Promise((resolve) => (answer = resolve)), end: () => (thread.ended = true) };
  });
});

const task = (study: string, storage = "a.db"): ChartTask => ({
  storage,
  path: `/${storage}`,
  study,
  request: { chart: "importance", evaluator: "fanova" },
});
const data = { evaluator: "fanova", trials: 2, importances: [] } as const;
const canceled = { code: "chart-canceled" };

describe("a slow chart", () => {
  it("is made once for all who ask, and again only for another version", async () => {
    const asked = [charts.make(task("s"), "1"), charts.make(task("s"), "1")];
    expect(threads).toHaveLength(1);
    threads[0]!.answer({ data });
    expect(await Promise.all(asked)).toEqual([data, data]);
    expect(await charts.make(task("s"), "1")).toEqual(data);
    expect(threads).toHaveLength(1);
    void charts.make(task("s"), "2");
    expect(threads).toHaveLength(2);
  });

  it("is computed no further when the last who waits for it does not any more", async () => {
    const asked = [charts.make(task("s"), "1"), charts.make(task("s"), "1")];
    charts.cancel(task("s"));
    expect(threads[0]!.ended).toBe(false);
    charts.cancel(task("s"));
    expect(threads[0]!.ended).toBe(true);
    expect(charts.isBusy).toBe(false);
    for (const answer of asked) await expect(answer).rejects.toMatchObject(canceled);
    void charts.make(task("s"), "1");
    expect(threads).toHaveLength(2);
  });

  it("waits for a free thread, and is not started when it is canceled before", async () => {
    const asked = ["a", "b", "c", "d"].map((study) => charts.make(task(study), "1"));
    expect(threads.map(({ task: { study } }) => study)).toEqual(["a", "b"]);
    charts.cancel(task("c"));
    await expect(asked[2]).rejects.toMatchObject(canceled);
    charts.cancel(task("a"));
    await expect(asked[0]).rejects.toMatchObject(canceled);
    expect(threads.map(({ task: { study } }) => study)).toEqual(["a", "b", "d"]);
  });

  it("that was made is not undone by a cancellation that comes late", async () => {
    const asked = charts.make(task("s"), "1");
    threads[0]!.answer({ data });
    expect(await asked).toEqual(data);
    charts.cancel(task("s"));
    expect(await charts.make(task("s"), "1")).toEqual(data);
    expect(threads).toHaveLength(1);
  });

  it("that failed says why, and is tried again", async () => {
    const asked = charts.make(task("s"), "1");
    threads[0]!.answer({ error: { code: "study-not-found", message: "No study." } });
    await expect(asked).rejects.toMatchObject({ code: "study-not-found", message: "No study." });
    void charts.make(task("s"), "1");
    expect(threads).toHaveLength(2);
  });

  it("of a storage that is closed ends; those of others go on", async () => {
    const asked = charts.make(task("s"), "1");
    void charts.make(task("s", "b.db"), "1");
    charts.close("a.db");
    await expect(asked).rejects.toMatchObject(canceled);
    expect(threads.map(({ ended }) => ended)).toEqual([true, false]);
  });
});
