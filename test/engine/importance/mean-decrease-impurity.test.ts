import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { meanDecreaseImpurity } from "../../../src/engine/importance/mean-decrease-impurity.js";
import { trialSnapshot } from "../recorded-study.js";
import { oddStudies, plainStudies } from "./optuna-studies.js";

const OPTUNA_SEEDS = 5;
const seeds = Array.from({ length: 10 }, (_, seed) => seed);

describe.each(plainStudies)("mean decrease impurity of $name", ({ trials, importances }) => {
  it("lies within the spread of Optuna's over seeds", () => {
    const runs = seeds.map((seed) => meanDecreaseImpurity(trials, { seed }));
    const { mean, std } = importances.mdi;
    expect([...runs[0]!.keys()].sort()).toEqual(Object.keys(mean).sort());
    for (const [name, importance] of Object.entries(mean)) {
      const ours = runs.reduce((sum, run) => sum + run.get(name)! / runs.length, 0);
      // Both means vary: Optuna's over 5 seeds, ours over 10. Five seeds tell a spread to half of itself.
      const tolerance = Math.max(0.01, 3 * std[name]! * Math.sqrt(1 / OPTUNA_SEEDS + 1 / seeds.length));
      expect(Math.abs(ours - importance), `${name}: ${ours} for ${importance}`).toBeLessThanOrEqual(tolerance);
    }
  });
});

describe("meanDecreaseImpurity", () => {
  it("sums to 1, the same for the same seed", () => {
    const { trials } = plainStudies[0]!;
    const importances = meanDecreaseImpurity(trials, { seed: 3 });
    expect([...importances.values()].reduce((sum, importance) => sum + importance, 0)).toBeCloseTo(1, 12);
    expect(importances).toEqual(meanDecreaseImpurity(trials, { seed: 3 }));
    expect(importances).not.toEqual(meanDecreaseImpurity(trials, { seed: 4 }));
  });

  it("judges parameters asked for in the trials that have them all", () => {
    const { trials } = oddStudies.find(({ name }) => name === "conditional")!;
    expect([...meanDecreaseImpurity(trials, { params: ["lr", "dropout"] }).keys()]).toEqual(["lr", "dropout"]);
    expect(() => meanDecreaseImpurity(trials, { params: ["layers"] })).toThrow(/mean decrease impurity: the range of/);
    expect(() => meanDecreaseImpurity(trials, { params: ["nothing"] })).toThrow(InvalidArgumentError);
  });

  it("is 0 where there is nothing to learn", () => {
    const distributions = { x: floatDistribution(0, 1) };
    const at = (i: number, x: number) => trialSnapshot(i, { values: [3], internalParams: { x }, distributions });
    expect(meanDecreaseImpurity([]).size).toBe(0);
    expect([...meanDecreaseImpurity([at(0, 0.5)])]).toEqual([["x", 0]]);
    expect([...meanDecreaseImpurity([at(0, 0.5), at(1, 0.7)])]).toEqual([["x", 0]]);
  });
});
