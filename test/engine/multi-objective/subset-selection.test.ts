import { describe, expect, it } from "vitest";
import {
  bestSubset,
  referencePoint,
  selectByHypervolume,
} from "../../../src/engine/multi-objective/subset-selection.js";
import { multiObjectiveCases, numbers, randomCases } from "./golden.js";

describe("selectByHypervolume", () => {
  it.each(multiObjectiveCases)("is Optuna's (golden)", ({ hssp_input, hssp_select_3, reference_point }) => {
    expect(selectByHypervolume(hssp_input, 3, reference_point)).toEqual(hssp_select_3);
  });

  it.each(randomCases)("is Optuna's ($losses.length × $losses.0.length)", (example) => {
    const front = example.losses.map(numbers).filter((_, i) => example.front[i]);
    const ours = selectByHypervolume(front, example.subset.length, referencePoint(front));
    expect(ours.toSorted()).toEqual([...example.subset].sort());
  });

  it("takes duplicates only when all others are taken", () => {
    const front = [
      [0, 1],
      [0, 1],
      [1, 0],
      [0, 1],
    ];
    expect(selectByHypervolume(front, 2, [2, 2]).toSorted()).toEqual([0, 2]);
    expect(selectByHypervolume(front, 3, [2, 2])).toEqual([0, 1, 2]);
  });
});

describe("bestSubset", () => {
  it.each(randomCases)("is what Optuna's TPE takes for good ($losses.length × $losses.0.length)", (example) => {
    const ours = bestSubset(example.losses.map(numbers), example.exact);
    expect(ours.toSorted((a, b) => a - b)).toEqual(example.best);
  });

  it("is nothing, or everything, where that is asked for", () => {
    expect(bestSubset([[1, 2]], 0)).toEqual([]);
    expect(bestSubset([[1, 2]], 3)).toEqual([0]);
  });
});
