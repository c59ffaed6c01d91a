import { expect, it } from "vitest";
import { paramValues } from "../../src/inspector/param-values.js";
import { makeTrial } from "./make-trial.js";

const trials = [
  makeTrial(0, { params: { layers: 1, x: 0.5 }, values: [3] }),
  makeTrial(1, { params: { layers: 2 }, values: [5] }),
  makeTrial(2, { params: { layers: 1 }, values: [4] }),
  makeTrial(3, { params: { layers: 4 }, values: null, state: "PRUNED" }),
  makeTrial(4, { params: { layers: 5 }, values: null, state: "FAIL" }),
  makeTrial(5, { params: { layers: 3 }, values: null, state: "PRUNED" }),
  makeTrial(6, { params: { layers: 3 }, values: null, state: "PRUNED" }),
];

it("lists what finished trials tried of a parameter, the best first, then the most tried", () => {
  expect(paramValues(trials, ["maximize"], "layers")).toEqual([
    { value: 2, trials: 1, best: { number: 1, value: 5 } },
    { value: 1, trials: 2, best: { number: 2, value: 4 } },
    { value: 3, trials: 2, best: null },
    { value: 4, trials: 1, best: null },
  ]);
  expect(paramValues(trials, ["minimize"], "layers")[0]).toEqual({
    value: 1,
    trials: 2,
    best: { number: 0, value: 3 },
  });
  expect(paramValues(trials, ["minimize"], "x")).toHaveLength(1);
  expect(paramValues(trials, ["minimize", "minimize"], "layers").every(({ best }) => best === null)).toBe(true);
});

it("lists no more values than anyone reads", () => {
  const many = Array.from({ length: 200 }, (_, i) => makeTrial(i, { params: { rate: i / 200 } }));
  expect(paramValues(many, ["minimize"], "rate").map(({ value }) => value)).toEqual(
    Array.from({ length: 50 }, (_, i) => i / 200),
  );
});
