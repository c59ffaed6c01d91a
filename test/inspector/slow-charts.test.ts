import { beforeEach, describe, expect, it } from "vitest";
import type { ChartAnswer, ChartTask } from "../../src/inspector/chart-work.js";
import { SlowCharts } from "../../src/inspector/slow-charts.js";

interface Asked {
  readonly task: ChartTask;
  readonly answer: (answer: ChartAnswer) => void;
  isCanceled: boolean;
}

let asked: Asked[];
let charts: SlowCharts;

const canceled = { code: "chart-canceled", message: "The chart was canceled." };

beforeEach(() => {
  asked = [];
  const threads = {
    make(task: ChartTask) {
      let settle: Asked["answer"] = () => {};
      const answer = new Promise<ChartAnswer>((resolve) => (settle = resolve));
      const one = { task, answer: (given: ChartAnswer) => settle(given), isCanceled: false };
      asked.push(one);
      const cancel = () => {
        one.isCanceled = true;
        settle({ error: canceled });
      };
      return { answer, cancel };
    },
    close: (storage?: string) => {
      for (const { task, answer } of asked)
        if (storage === undefined || task.storage === storage) answer({ error: canceled });
    },
  };
  charts = new SlowCharts(threads);
});

const task = (study: string, storage = "a.db"): ChartTask => ({
  storage,
  path: `/${storage}`,
  study,
  request: { chart: "importance", evaluator: "fanova" },
});
const data = { evaluator: "fanova", trials: 2, importances: [] } as const;

describe("a slow chart", () => {
  it("is made once for all who ask, and again only for another version", async () => {
    const both = [charts.make(task("s"), "1"), charts.make(task("s"), "1")];
    expect(asked).toHaveLength(1);
    expect(charts.isBusy).toBe(true);
    asked[0]!.answer({ data });
    expect(await Promise.all(both)).toEqual([data, data]);
    expect(charts.isBusy).toBe(false);
    expect(await charts.make(task("s"), "1")).toEqual(data);
    expect(asked).toHaveLength(1);
    void charts.make(task("s"), "2");
    expect(asked).toHaveLength(2);
  });

  it("is canceled when the last who waits for it does not any more, and made anew for who asks then", async () => {
    const both = [charts.make(task("s"), "1"), charts.make(task("s"), "1")];
    charts.cancel(task("s"));
    expect(asked[0]!.isCanceled).toBe(false);
    charts.cancel(task("s"));
    expect(asked[0]!.isCanceled).toBe(true);
    expect(charts.isBusy).toBe(false);
    const again = charts.make(task("s"), "1");
    expect(asked).toHaveLength(2);
    for (const answer of both) await expect(answer).rejects.toMatchObject(canceled);
    asked[1]!.answer({ data });
    expect(await again).toEqual(data);
  });

  it("that was made is not undone by a cancellation that comes late", async () => {
    const made = charts.make(task("s"), "1");
    asked[0]!.answer({ data });
    expect(await made).toEqual(data);
    charts.cancel(task("s"));
    expect(await charts.make(task("s"), "1")).toEqual(data);
    expect(asked).toHaveLength(1);
  });

  it("that failed says why, and is tried again", async () => {
    const made = charts.make(task("s"), "1");
    asked[0]!.answer({ error: { code: "study-not-found", message: "No study." } });
    await expect(made).rejects.toMatchObject({ code: "study-not-found", message: "No study." });
    void charts.make(task("s"), "1");
    expect(asked).toHaveLength(2);
  });

  it("of a storage that is closed ends, and is not kept; those of others go on", async () => {
    const ended = charts.make(task("s"), "1");
    const other = charts.make(task("s", "b.db"), "1");
    charts.close("a.db");
    await expect(ended).rejects.toMatchObject(canceled);
    asked[1]!.answer({ data });
    expect(await other).toEqual(data);
    void charts.make(task("s"), "1");
    void charts.make(task("s", "b.db"), "1");
    expect(asked).toHaveLength(3);
  });
});
