import { describe, expect, it } from "vitest";
import { nonDominationRanks, paretoFront } from "../../../src/engine/multi-objective/non-domination.js";
import { multiObjectiveCases, numbers, randomCases } from "./golden.js";

describe("nonDominationRanks", () => {
  it.each(multiObjectiveCases)("are Optuna's (golden)", ({ values_minimize, ranks }) => {
    expect(nonDominationRanks(values_minimize)).toEqual(ranks);
  });

  it.each(randomCases)("are Optuna's ($losses.length × $losses.0.length)", (example) => {
    const losses = example.losses.map(numbers);
    expect(nonDominationRanks(losses)).toEqual(example.ranks);
    const { violations, exact } = example;
    expect(nonDominationRanks(losses, { violations })).toEqual(example.constrainedRanks);
    expect(nonDominationRanks(losses, { violations, exact })).toEqual(example.exactRanks);
  });

  it("is empty of nothing", () => expect(nonDominationRanks([])).toEqual([]));

  it("ranks one objective by value", () => expect(nonDominationRanks([[3], [1], [3], [2]])).toEqual([2, 0, 2, 1]));
});

describe("paretoFront", () => {
  it.each(randomCases)("is Optuna's ($losses.length × $losses.0.length)", ({ losses, front }) => {
    expect(paretoFront(losses.map(numbers))).toEqual(front);
  });
});
