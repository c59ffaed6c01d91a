import { describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution, intDistribution } from "../../../src/engine/distribution.js";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { fanova } from "../../../src/engine/importance/fanova.js";
import { trialSnapshot } from "../recorded-study.js";
import { oddStudies, plainStudies, type Importances } from "./optuna-studies.js";

/** Seeds behind Optuna's numbers; and enough of ours that only the spread of Optuna's counts. */
const OPTUNA_SEEDS = 5;
const seeds = Array.from({ length: 20 }, (_, seed) => seed);

describe.each(plainStudies)("fANOVA of $name", ({ trials, importances }) => {
  const runs = seeds.map((seed) => Object.fromEntries(fanova(trials, { seed })));
  const absolute = meanOf(runs);
  const normalized = meanOf(runs.map(normalize));

  it.each([
    ["normalized", normalized, importances.fanova],
    ["as it is", absolute, importances.fanova_unnormalized],
  ])("lies within the spread of Optuna's over seeds, %s", (_, ours, { mean, std }) => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(mean).sort());
    for (const [name, importance] of Object.entries(mean)) {
      const tolerance = Math.max(0.03, (3 * std[name]!) / Math.sqrt(OPTUNA_SEEDS));
      expect(Math.abs(ours[name]! - importance), `${name}: ${ours[name]} for ${importance}`).toBeLessThanOrEqual(
        tolerance,
      );
    }
  });

  it("ranks the two most important as Optuna does, where they differ clearly", () => {
    const byImportance = (all: Importances) => Object.entries(all).sort(([, a], [, b]) => b - a);
    const [ours, optunas] = [byImportance(normalized), byImportance(importances.fanova.mean)];
    const [first, second, third] = optunas.map(([, importance]) => importance);
    if (first! - second! > 0.05) expect(ours[0]![0]).toBe(optunas[0]![0]);
    if (second! - third! > 0.05)
      expect([ours[0]![0], ours[1]![0]].sort()).toEqual([optunas[0]![0], optunas[1]![0]].sort());
  });
});

describe("fanova", () => {
  const { trials } = plainStudies.find(({ name }) => name === "mixed_random300")!;

  it("gives the same numbers for the same seed, others for another", () => {
    expect(fanova(trials)).toEqual(fanova(trials, { seed: 0 }));
    expect(fanova(trials, { seed: 1 })).not.toEqual(fanova(trials, { seed: 0 }));
  });

  it("gives a parameter that alone decides all the variance", () => {
    const made = Array.from({ length: 64 }, (_, i) => xk(i, i / 64, i % 3, i < 32 ? 1 : 2));
    const importances = fanova(made);
    expect(importances.get("x")).toBeCloseTo(1, 6);
    expect(importances.get("k")).toBeCloseTo(0, 6);
  });

  it("judges only what all complete trials have with one distribution", () => {
    const conditional = oddStudies.find(({ name }) => name === "conditional")!;
    const names = [...fanova(conditional.trials).keys()];
    expect(names).toEqual(["fixed", "lr", "net", "stride", "wide"]);
    expect(fanova(conditional.trials).get("fixed")).toBe(0);
  });

  it("judges parameters asked for in the trials that have them all", () => {
    const { trials } = oddStudies.find(({ name }) => name === "conditional")!;
    const having = trials.filter(({ params }) => "dropout" in params);
    const expected = fanova(having, { params: ["lr", "dropout"] });
    expect([...fanova(trials, { params: ["lr", "dropout"] })]).toEqual([...expected]);
    expect(() => fanova(trials, { params: ["layers"] })).toThrow(/"layers" differs between trials/);
    expect(() => fanova(trials, { params: ["lr", "nothing"] })).toThrow(InvalidArgumentError);
  });

  it("is 0 where there is nothing to learn", () => {
    expect(fanova([]).size).toBe(0);
    expect([...fanova([xk(0, 0.5, 1, 3)]).values()]).toEqual([0, 0]);
    expect([...fanova([xk(0, 0.1, 1, 3), xk(1, 0.9, 2, 3)]).values()]).toEqual([0, 0]);
    const infinite = [xk(0, 0.1, 1, 3), xk(1, 0.5, 1, Infinity), xk(2, 0.9, 2, -Infinity)];
    expect([...fanova(infinite).values()]).toEqual([0, 0]);
  });

  it("takes forty choices, of which each has one column", () => {
    const forty = Array.from({ length: 200 }, (_, i) => wide(i, i % 40, (i % 40) + 0.01 * Math.sin(i)));
    expect(fanova(forty).get("c")).toBeGreaterThan(0.9);
    expect(fanova(forty).get("c")).toBeLessThanOrEqual(1 + 1e-9);
  });
});

function xk(number: number, x: number, k: number, value: number): TrialSnapshot {
  const distributions = { x: floatDistribution(0, 1), k: intDistribution(0, 2) };
  return trialSnapshot(number, { values: [value], params: { x, k }, internalParams: { x, k }, distributions });
}

function wide(number: number, c: number, value: number): TrialSnapshot {
  const distributions = { c: categoricalDistribution(Array.from({ length: 40 }, (_, i) => i)) };
  return trialSnapshot(number, { values: [value], params: { c }, internalParams: { c }, distributions });
}

function meanOf(runs: readonly Importances[]): Importances {
  const names = Object.keys(runs[0]!);
  return Object.fromEntries(names.map((name) => [name, runs.reduce((sum, run) => sum + run[name]! / runs.length, 0)]));
}

function normalize(importances: Importances): Importances {
  const sum = Object.values(importances).reduce((total, importance) => total + importance, 0);
  return Object.fromEntries(Object.entries(importances).map(([name, importance]) => [name, importance / sum]));
}
