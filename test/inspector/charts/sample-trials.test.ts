import { describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution } from "../../../src/engine/distribution.js";
import { chartMakers } from "../../../src/inspector/charts/charts.js";
import { fillGaps } from "../../../src/inspector/charts/fill-gaps.js";
import { completeTrials, sampleTrials } from "../../../src/inspector/charts/shown-trials.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const COUNT = 30_000;
const distributions = { x: floatDistribution(0, 1), c: categoricalDistribution(["a", "b"]) };
/** The best is trial 777. */
const many = Array.from({ length: COUNT }, (_, number) => {
  const x = ((number * 7_919) % COUNT) / COUNT;
  const c = number % 2;
  return makeTrial(number, {
    values: [number === 777 ? -1 : x],
    params: { x, c: distributions.c.choices[c]! },
    internalParams: { x, c },
    distributions,
  });
});

it("keeps the best half and evenly chosen others, by number", () => {
  const valued = completeTrials(many, 0);
  const sample = sampleTrials(valued, "minimize", 100);
  const numbers = sample.map(({ trial }) => trial.number);
  expect(numbers).toHaveLength(100);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  const best = valued.toSorted((a, b) => a.value - b.value).slice(0, 50);
  for (const trial of best) expect(sample).toContain(trial);
  const others = numbers.filter((number) => !best.some(({ trial }) => trial.number === number));
  expect(Math.max(...others.map((number, i) => number - (others[i - 1] ?? 0)))).toBeLessThan((2 * COUNT) / 50);
  expect(sampleTrials(valued, "maximize", 100)).not.toContain(valued[777]);
});

describe.each(["slice", "contour", "rank", "parallel-coordinates"] as const)("%s of very many trials", (chart) => {
  const data = chartMakers[chart].make({ study: makeStudy("minimize"), trials: many }, { chart } as never);

  it("is small, and says how many there are", () => {
    expect(JSON.stringify(data).length).toBeLessThan(250_000);
    expect(data.total).toBe(COUNT);
    expect(data.numbers.length).toBeLessThanOrEqual(2_000);
    expect(data.numbers).toContain(777);
  });

  it("keeps its parameters in their order, whatever a filter leaves", () => {
    const few = { study: makeStudy("minimize"), trials: many.filter(({ params }) => params["c"] === "b").slice(0, 9) };
    const filtered = chartMakers[chart].make({ ...few, unfiltered: many }, { chart } as never);
    expect(filtered.params).toEqual(data.params);
    expect(filtered.total).toBe(9);
  });

  it("has no axis of a parameter that no trial has", () => {
    const params = ["gone", "x"];
    const { axes } = chartMakers[chart].make({ study: makeStudy("minimize"), trials: many.slice(0, 5) }, {
      chart,
      params,
    } as never);
    expect(axes.map(({ name }) => name)).toEqual(["x"]);
  });
});

describe("filling gaps", () => {
  it("keeps what is known, and makes every other value the mean of its neighbors", () => {
    const known = new Map([
      [0, 1],
      [24, 5],
      [12, -2],
    ]);
    const grid = fillGaps(known, 5, 5);
    for (const [place, value] of known) expect(grid[place]).toBe(value);
    grid.forEach((value, place) => {
      if (known.has(place)) return;
      const [row, column] = [Math.floor(place / 5), place % 5];
      const neighbors = [
        row > 0 ? grid[place - 5]! : null,
        row < 4 ? grid[place + 5]! : null,
        column > 0 ? grid[place - 1]! : null,
        column < 4 ? grid[place + 1]! : null,
      ].filter((neighbor) => neighbor !== null);
      expect(value).toBeCloseTo(neighbors.reduce((sum, neighbor) => sum + neighbor, 0) / neighbors.length, 2);
    });
  });

  it("makes a plain of a single value", () => {
    expect(new Set(fillGaps(new Map([[3, 7]]), 4, 4))).toEqual(new Set([7]));
  });
});
