import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { exponential, type Configuration } from "./curves.js";
import { functions, type FunctionName } from "./functions.js";
import { holm, mannWhitney } from "./mann-whitney.js";

type Case = readonly [FunctionName, Readonly<Record<string, number | string>>, number];
const fixture = new URL("../../fixtures/optuna/search-functions.json", import.meta.url);
const cases = JSON.parse(readFileSync(fixture, "utf8")) as readonly Case[];

describe("the functions of bench:search", () => {
  it("are all in the recorded values", () => {
    expect(new Set(cases.map(([name]) => name))).toEqual(new Set(Object.keys(functions)));
  });

  it.each(cases)("%s: the value it has in Python", async (name, params, value) => {
    const study = createStudy({ storage: new MemoryStorage() });
    study.enqueueTrial(params);
    await study.optimize(functions[name], { trials: 1 });
    expect(study.trials[0]!.params).toEqual(params);
    expect(Math.abs(study.bestValue - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  });
});

const curves = new URL("../../fixtures/optuna/pruner-curve.json", import.meta.url);

it.each(JSON.parse(readFileSync(curves, "utf8")) as readonly (readonly [Configuration, number, number])[])(
  "the learning curve of bench:pruners, %j at step %i, as in Python",
  (configuration, step, value) => {
    expect(exponential(configuration, step)).toBeCloseTo(value, 9);
  },
);

describe("the tests of bench:search", () => {
  // scipy.stats.mannwhitneyu(a, b, method="asymptotic").pvalue, SciPy 1.17.1.
  it.each([
    [[1, 2, 3, 4, 5], [3, 6, 7, 8, 9, 10], 0.02810006355731762],
    [[1, 1, 2, 2], [1, 2, 2, 3, 3], 0.2386464993241757],
    [[5, 5], [5, 5, 5], 1],
  ])("Mann–Whitney of %j and %j as SciPy has it", (a, b, p) => {
    expect(mannWhitney(a, b)).toBeCloseTo(p, 10);
  });

  it("Holm's adjustment", () => {
    expect(holm([0.04, 0.01, 0.03]).map((p) => Number(p.toFixed(10)))).toEqual([0.06, 0.03, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
  });
});
