import { describe, expect, it } from "vitest";
import { hypervolume } from "../../../src/inspector/charts/hypervolume.js";
import { paretoFront } from "../../../src/inspector/charts/pareto-front.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const trialsOf = (...values: number[][]) => values.map((some, number) => makeTrial(number, { values: some }));
const three = makeStudy("minimize", "minimize", "maximize");

describe("the Pareto front", () => {
  const trials = trialsOf([1, 2, 0], [2, 1, 0], [2, 2, 5], [3, 3, 0]);

  it("is decided by all objectives, whichever are shown", () => {
    const { objectives, best, dominated } = paretoFront.make(
      { study: three, trials },
      { chart: "pareto-front", objectives: [0, 2] },
    );
    expect(objectives).toEqual([0, 2]);
    expect(best).toEqual([
      [0, 1, 0],
      [1, 2, 0],
      [2, 2, 5],
    ]);
    expect(dominated).toEqual([[3, 3, 0]]);
  });

  it("names an objective that the study does not have, and too many axes", () => {
    const make = (objectives: number[]) =>
      paretoFront.make({ study: three, trials }, { chart: "pareto-front", objectives });
    expect(() => make([0, 3])).toThrow('Study "s" has no objective 3');
    expect(() => make([0, 1, 2, 0])).toThrow("one to three axes, not 4");
  });

  it("is small whatever the number of trials, and counts them all", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => makeTrial(i, { values: [i % 991, (i * 7) % 997] }));
    const data = paretoFront.make(
      { study: makeStudy("minimize", "minimize"), trials: many },
      { chart: "pareto-front" },
    );
    expect(data.counts.best + data.counts.dominated).toBe(20_000);
    expect(data.best).toHaveLength(data.counts.best);
    expect(data.dominated.length).toBeLessThanOrEqual(2_000);
    const numbers = data.dominated.map(([number]) => number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});

describe("the hypervolume", () => {
  it("refers to the worst finite value of each objective unless told otherwise", () => {
    const trials = trialsOf([1, 4, 3], [2, 1, 5], [Infinity, 2, -1]);
    const { reference, points } = hypervolume.make({ study: three, trials }, { chart: "hypervolume" });
    expect(reference).toEqual([2, 4, -1]);
    // The first is (2 - 1) × (4 - 4) × 4; the second adds (2 - 2) × 3 × 6.
    expect(points).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  it("grows where the front does, and not by infeasible trials", () => {
    const study = makeStudy("minimize", "minimize");
    const [first, second, third, last] = trialsOf([1, 1], [0, 2], [0, 0], [5, 5]);
    const trials = [first!, second!, { ...third!, systemAttrs: { "constraints:0": 1 } }, last!];
    const { points, trials: count } = hypervolume.make({ study, trials }, { chart: "hypervolume", reference: [3, 3] });
    expect(count).toBe(4);
    expect(points).toEqual([
      [0, 4],
      [1, 5],
      [3, 5],
    ]);
  });

  it("names what is wrong with a reference point", () => {
    const source = { study: makeStudy("minimize", "minimize"), trials: trialsOf([1, 1]) };
    expect(() => hypervolume.make(source, { chart: "hypervolume", reference: [1] })).toThrow(
      "needs 2 values, one per objective",
    );
  });
});
