import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { random } from "../../../src/engine/samplers/random.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { exponential, type Configuration } from "./curves.js";
import { runTunelens } from "./contest.js";
import { functions } from "./functions.js";
import { holm, mannWhitney } from "./mann-whitney.js";
import { problems, type Problem } from "./problems.js";

type Case = readonly [keyof typeof functions, Readonly<Record<string, number | string>>, number];
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

describe("a contest of bench:search", () => {
  const run = (problem: Partial<Problem> & Pick<Problem, "evaluate">) =>
    runTunelens({ problem: { use: "tuning", ...problem }, trials: 20, seed: 1 }, random());
  const x = (trial: Parameters<Problem["evaluate"]>[0]) => trial.suggestFloat("x", 0, 1);

  it("is about at least 24 functions, of each use at least half of these", () => {
    const judging = [...problems.values()].filter(({ use }) => use === "judging");
    expect(judging.length).toBeGreaterThanOrEqual(12);
    expect(problems.size - judging.length).toBeGreaterThanOrEqual(12);
  });

  it.each([...problems])("runs %s, with a finite loss where something is feasible", async (_, problem) => {
    const loss = await runTunelens({ problem, trials: 3, seed: 1 }, random());
    expect(Number.isNaN(loss)).toBe(false);
    if (problem.reference) expect(loss).toBeLessThanOrEqual(0);
  });

  it("judges a noisy search by the value without noise", async () => {
    const least = await run({ evaluate: x });
    const noisy = await run({ evaluate: x, noise: 10 });
    expect(noisy).toBeGreaterThan(least);
    expect(noisy).toBeLessThanOrEqual(1);
  });

  it("counts what is feasible alone", async () => {
    const constrained = (limit: number) => (trial: Parameters<Problem["evaluate"]>[0]) => {
      trial.setConstraint("far", limit - x(trial));
      return x(trial);
    };
    expect(await run({ evaluate: constrained(0.5) })).toBeGreaterThanOrEqual(0.5);
    expect(await run({ evaluate: constrained(2) })).toBe(Infinity);
  });

  it("measures several objectives by the hypervolume within the reference", async () => {
    const twice = (trial: Parameters<Problem["evaluate"]>[0]) => [x(trial), 0];
    const least = await run({ evaluate: x });
    expect(await run({ evaluate: twice, reference: [1, 1] })).toBeCloseTo(least - 1, 12);
    expect(await run({ evaluate: twice, reference: [-1, 1] })).toBeCloseTo(0, 12);
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
