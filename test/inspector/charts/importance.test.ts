import { expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { importance } from "../../../src/inspector/charts/importance.js";
import type { OptionsOf } from "../../../src/protocol/charts.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const distributions = { x: floatDistribution(0, 1), y: floatDistribution(0, 1) };

/** x decides the first objective, y the second. */
function trialAt(number: number, over: Partial<TrialSnapshot> = {}): TrialSnapshot {
  const params = { x: (number * 0.37) % 1, y: (number * 0.61) % 1 };
  return makeTrial(number, { params, internalParams: params, distributions, values: [params.x, params.y], ...over });
}

const trials = Array.from({ length: 40 }, (_, i) => trialAt(i));

it("says of each evaluator what matters, and how sure that is", () => {
  const source = {
    study: makeStudy("minimize"),
    trials: trials.map((trial) => ({ ...trial, values: trial.values!.slice(0, 1) })),
  };
  for (const evaluator of ["ped-anova", "fanova", "mdi"] as const) {
    const { importances, ...rest } = importance.make(source, { chart: "importance", evaluator });
    expect(rest).toEqual({ evaluator, trials: 40 });
    expect(importances.map(({ name }) => name)).toEqual(["x", "y"]);
    for (const { interval } of importances) expect(interval[0]).toBeLessThanOrEqual(interval[1]);
  }
});

it("is of the objective asked for", () => {
  const source = { study: makeStudy("minimize", "minimize"), trials };
  const first = (objective: number) =>
    importance.make(source, { chart: "importance", evaluator: "fanova", objective }).importances[0]!.name;
  expect([first(0), first(1)]).toEqual(["x", "y"]);
});

it("has nothing to say of one complete trial, and stays as it is while no other completes", () => {
  const source = { study: makeStudy("minimize"), trials: trials.slice(0, 1) };
  expect(importance.make(source, { chart: "importance" })).toEqual({
    evaluator: "ped-anova",
    trials: 1,
    importances: [],
  });
  const more = [...source.trials, trialAt(1, { state: "RUNNING", values: null }), trialAt(2, { state: "PRUNED" })];
  expect(importance.version!({ ...source, trials: more })).toBe(importance.version!(source));
  expect(importance.version!({ ...source, trials: [...more, trialAt(3)] })).not.toBe(importance.version!(source));
});

it("has nothing to say of trials with the same value: to Optuna, each parameter explains as much of nothing", () => {
  const same = trials.map((trial) => ({ ...trial, values: [0.1, trial.values![1]!] }));
  const source = { study: makeStudy("minimize", "minimize"), trials: same };
  for (const evaluator of ["ped-anova", "fanova", "mdi"] as const) {
    const made = (objective: number) => importance.make(source, { chart: "importance", evaluator, objective });
    expect(made(0)).toEqual({ evaluator, trials: 40, importances: [] });
    expect(made(1).importances).toHaveLength(2);
  }
});

it("is of each objective by itself, with every evaluator", () => {
  const source = { study: makeStudy("minimize", "minimize"), trials };
  const made = (options: OptionsOf<"importance">) => importance.make(source, { chart: "importance", ...options });
  for (const evaluator of ["ped-anova", "fanova"] as const) {
    const { each, importances } = made({ evaluator, each: true });
    expect(each).toEqual([0, 1].map((objective) => made({ evaluator, objective }).importances));
    expect(each!.map(([first]) => first!.name)).toEqual(["x", "y"]);
    expect(importances).toEqual(each![0]);
  }
  expect(made({}).each).toBeUndefined();
});
