import { describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution } from "../../../src/engine/distribution.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { median } from "../../../src/engine/pruners/median.js";
import { asha } from "../../../src/engine/schedulers/asha.js";
import { random } from "../../../src/engine/samplers/random.js";
import { bestAfter, epochsTo, meanLogRegret, regretArea, timeTo } from "./contest.js";
import { replay, type Replay, type Search } from "./replay.js";
import { tunelensSearch } from "./searches.js";
import { EPOCHS, loadTables, Table } from "./table.js";

/** On each side of a choice, ten configurations along a line; the loss of one is e^(10 (x − 0.55)² − epoch). */
const loss = (x: number, epoch: number) => Math.exp(10 * (x - 0.55) ** 2 - epoch);
const places = Array.from({ length: 20 }, (_, i) => [(i % 10) / 10 + 0.05, Math.floor(i / 10)] as const);
const table = new Table({
  distributions: { x: floatDistribution(0, 1, {}, "x"), kind: categoricalDistribution(["a", "b"], "kind") },
  points: places,
  losses: places.map(([x, kind]) =>
    Array.from({ length: EPOCHS }, (_, epoch) => (kind === 1 && epoch > 3 ? null : loss(x, epoch))),
  ),
});

describe("a table of bench:multi-fidelity", () => {
  it("has its own configurations as they were trained", () => {
    expect(table.curve({ x: 0.25, kind: "a" })[2]).toBeCloseTo(loss(0.25, 2), 12);
    expect(table.best).toBeCloseTo(loss(0.55, EPOCHS - 1), 12);
  });

  it("is continuous between them, also where a neighbor becomes another, and has no plateaus", () => {
    const values = Array.from({ length: 901 }, (_, i) => Math.log(table.curve({ x: 0.05 + i / 1000, kind: "a" })[0]!));
    const steps = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
    expect(Math.max(...steps)).toBeLessThan(0.03);
    expect(steps.filter((step) => step === 0).length).toBeLessThan(5);
  });

  it("keeps to its choice, and is NaN where that has diverged", () => {
    expect(table.curve({ x: 0.5, kind: "b" })[3]).toBeGreaterThan(0);
    expect(table.curve({ x: 0.5, kind: "b" })[4]).toBeNaN();
    expect(table.curve({ x: 0.5, kind: "a" })[4]).toBeGreaterThan(0);
  });

  it("tells each configuration by the others alone", () => {
    const [first] = table.leaveOneOut();
    expect(first!.own[0]).toBeCloseTo(loss(0.05, 0), 12);
    expect(first!.others[0]).not.toBeCloseTo(loss(0.05, 0), 3);
  });

  it.each([...loadTables()])(
    "%s, as it is shipped, has enough configurations to be interpolated, and a finite least loss",
    (_, shipped) => {
      expect(shipped.size).toBeGreaterThanOrEqual(96);
      expect(Number.isFinite(shipped.best)).toBe(true);
    },
  );
});

/** Tries places in turn, each for so many epochs. */
function plan(...trainings: readonly (readonly [x: number, epochs: number])[]): Search {
  let next = 0;
  return {
    start: () => {
      const number = next++;
      const [x] = trainings[number] ?? [];
      return Promise.resolve(x === undefined ? undefined : { number, params: { x, kind: "a" }, trained: 0 });
    },
    report: (number, step) => Promise.resolve(step + 1 >= trainings[number]![1]),
    end: () => Promise.resolve(),
  };
}

describe("a replay", () => {
  it("counts epochs and time, one after the other", async () => {
    const run = await replay(table, plan([0.25, 2], [0.55, 3]), { workers: 1, epochs: Infinity });
    expect(run).toMatchObject({ epochs: 5, time: 5 });
    expect(run.improvements.map(([epochs]) => epochs)).toEqual([1, 2, 4, 5]);
    expect(bestAfter(run, 3)).toBeCloseTo(loss(0.25, 1), 12);
  });

  it("trains an epoch of each worker a tick", async () => {
    const run = await replay(table, plan([0.25, 2], [0.55, 3], [0.15, 1]), { workers: 2, epochs: Infinity });
    expect(run).toMatchObject({ epochs: 6, time: 3 });
    expect(timeTo(run, loss(0.55, 2) * 1.0001)).toBe(3);
    expect(epochsTo(run, 0)).toBe(Infinity);
  });

  it("ends after so many epochs", async () => {
    expect((await replay(table, plan([0.25, 20]), { workers: 1, epochs: 7 })).epochs).toBe(7);
  });

  it("replays to a study of so many trials, some of which are pruned", async () => {
    const study = (pruner: Pruner) => tunelensSearch(table, { seed: 1, trials: 10 }, { sampler: random(), pruner });
    const whole = await replay(table, study(nopPruner()), { workers: 2, epochs: Infinity });
    const pruned = await replay(table, study(median()), { workers: 2, epochs: Infinity });
    expect(pruned.epochs).toBeLessThan(whole.epochs);
    expect(whole.epochs).toBeLessThanOrEqual(10 * EPOCHS);
    expect(pruned.improvements[0]).toEqual(whole.improvements[0]);
  });
});

it("replays to a study whose scheduler pauses trials, and goes on where it paused them", async () => {
  const search = tunelensSearch(table, { seed: 1, trials: 10 }, { sampler: random(), scheduler: asha() });
  const trained: [string, number][] = [];
  const watched: Search = {
    ...search,
    async start() {
      const training = await search.start();
      if (training) trained.push([JSON.stringify(training.params), training.trained]);
      return training;
    },
  };
  expect((await replay(table, watched, { workers: 2, epochs: 150 })).epochs).toBe(150);
  const continued = trained.filter(([, epochs]) => epochs > 0);
  expect(continued.length).toBeGreaterThan(3);
  // After 1, 3, 9, … epochs, each once.
  expect(new Set(continued.map(([, epochs]) => epochs))).toEqual(new Set([1, 3, 9]));
  expect(new Set(continued.map(String)).size).toBe(continued.length);
});

it("the area under the regret is the mean of its logarithm over epochs", () => {
  const run: Replay = {
    improvements: [
      [1, 1, Math.E ** 2],
      [3, 3, Math.E],
    ],
    epochs: 4,
    time: 4,
  };
  expect(regretArea(run, 1, 4)).toBeCloseTo((2 + 2 + 1 + 1) / 4, 12);
  expect(regretArea(run, 1, 2)).toBeCloseTo(2, 12);
});

it("the regret after so many epochs is the mean of its logarithm over runs", () => {
  const run = (loss: number): Replay => ({
    improvements: [
      [1, 1, 9],
      [2, 2, loss],
      [4, 4, 1],
    ],
    epochs: 4,
    time: 4,
  });
  expect(meanLogRegret([run(Math.E), run(Math.E ** 3)], 1, 3)).toBeCloseTo(2, 12);
  expect(meanLogRegret([run(Math.E), run(Math.E ** 3)], 1, 4)).toBe(0);
});
