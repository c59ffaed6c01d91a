import { describe, expect, it } from "vitest";
import { gamma, TrialRanking } from "../../../../src/engine/samplers/tpe/split.js";
import { FakeStudy } from "../../fake-study.js";
import { goldenNumber, readGolden } from "../../optuna-golden.js";
import type { SplitCase } from "../../optuna-golden.js";

const golden = readGolden();

describe("gamma", () => {
  it.each(Object.entries(golden.gamma))("of %s trials is Optuna's", (n, below) => expect(gamma(Number(n))).toBe(below));
  it.each(Object.entries(golden.gamma_multiobjective))("of %s trials of several objectives is Optuna's", (n, below) =>
    expect(gamma(Number(n), 2)).toBe(below),
  );
  it("is a tenth rounded up", () => {
    for (let n = 0; n <= 250; n++) expect(gamma(n)).toBe(Math.floor((n + 9) / 10));
  });
});

describe("TrialRanking", () => {
  it("is compared in all 16 cases", () => expect(golden.split).toHaveLength(16));

  for (const example of golden.split) {
    it(`takes Optuna's best ${example.n_below}, ${example.direction}`, () => {
      const trials = frozenTrials(example).filter(({ state }) => state !== "RUNNING");
      for (const order of [trials, trials.toReversed()]) {
        const ranking = new TrialRanking([example.direction]);
        for (const trial of order) ranking.add(trial);
        expect(ranking.best(example.n_below).toSorted((a, b) => a - b)).toEqual(example.below);
      }
    });
  }

  it("reads constraints of older files too", () => {
    const study = new FakeStudy(0);
    study.add({ values: [0], systemAttrs: { constraints: [1, -1] } });
    study.add({ values: [1], systemAttrs: { constraints: [0, -1] } });
    const ranking = new TrialRanking(["minimize"]);
    for (const trial of study.trials) ranking.add(trial);
    expect(ranking.best(1)).toEqual([1]);
  });
});

function frozenTrials(example: SplitCase) {
  const study = new FakeStudy(0);
  return example.trials.map(({ state, value, intermediate, constraints }) =>
    study.add({
      state,
      values: value === null ? null : [goldenNumber(value)],
      intermediateValues: new Map(Object.entries(intermediate).map(([step, v]) => [Number(step), goldenNumber(v)])),
      systemAttrs: Object.fromEntries(Object.entries(constraints).map(([key, v]) => [`constraints:${key}`, v])),
    }),
  );
}
