import { describe, expect, it } from "vitest";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import { breedChild } from "../../../../src/engine/samplers/genetic/child.js";
import type { Crossover } from "../../../../src/engine/samplers/genetic/crossover.js";
import { polynomialMutation } from "../../../../src/engine/samplers/genetic/mutation.js";
import { constrainedDominates } from "../../../../src/engine/samplers/genetic/survival.js";
import { goldenDistribution } from "../../optuna-golden.js";
import { trialSnapshot } from "../../recorded-study.js";
import { crossovers, fixture, Replay, trialsOf } from "./optuna-genetic.js";

const space = new Map(Object.entries(fixture.distributions).map(([name, json]) => [name, goldenDistribution(json)]));
const dominates = constrainedDominates(["minimize", "minimize"]);

describe.each(fixture.children)("$crossover (mutation $mutation, crossover $crossoverProb)", (example) => {
  it("breeds Optuna's child of the same parents and random numbers", () => {
    const rng = new Replay(example.drawn);
    const child = breedChild(
      { trials: trialsOf(example.trials), dominates, objectives: 2 },
      space,
      {
        crossover: crossovers[example.crossover],
        crossoverProb: example.crossoverProb,
        swappingProb: 0.4,
        mutation: example.mutation ? polynomialMutation() : undefined,
        mutationProb: example.mutation ? 0.5 : undefined,
      },
      rng,
    );
    expect(rng.isUsedUp).toBe(true);
    expect([...child.keys()]).toEqual(Object.keys(example.child));
    for (const [name, value] of child) expect(value, name).toBeCloseTo(example.child[name]!, 9);
  });
});

it("a crossover that never stays above the low end gives the low end", () => {
  const below: Crossover = { name: "Below", parents: 2, cross: ([a]) => a!.map(() => -100) };
  const trials = [0, 1].map((i) => trialSnapshot(i, { values: [i], internalParams: { float: i } }));
  const breeding = { crossover: below, crossoverProb: 1, swappingProb: 0.5, mutation: undefined, mutationProb: 0 };
  const pool = { trials, dominates: constrainedDominates(["minimize"]), objectives: 1 };
  const only = new Map([["float", space.get("float")!]]);
  expect(breedChild(pool, only, breeding, new SeededRng(1))).toEqual(new Map([["float", -1]]));
});
