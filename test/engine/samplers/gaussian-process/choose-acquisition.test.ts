import { expect, it } from "vitest";
import { GaussianProcess } from "../../../../src/engine/gaussian-process/regression.js";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import { LogExpectedImprovement } from "../../../../src/engine/samplers/gaussian-process/acquisition.js";
import {
  chooseAcquisition,
  normalDraws,
  type Model,
} from "../../../../src/engine/samplers/gaussian-process/choose-acquisition.js";
import {
  LogMeanUtility,
  SampledProcess,
} from "../../../../src/engine/samplers/gaussian-process/sampled-acquisition.js";
import { Improvement } from "../../../../src/engine/samplers/gaussian-process/utility.js";
import { reference, referenceParams, referenceTargets, toPoints } from "./reference.js";

// 300 columns are more than Sobol's sequence has: the rest is random.
it.each([
  [2, 3, 0.02],
  [100, 3, 0.35],
])("draws for %i models, %i in a row, are standard normal and independent", (models, width, tolerance) => {
  const draws = normalDraws(new SeededRng(3), false)(models, width);
  const rows = draws[0]!.length / width;
  const columns = draws.flatMap((values) =>
    Array.from({ length: width }, (_, k) => Array.from({ length: rows }, (_, i) => values[i * width + k]!)),
  );
  const meanOf = (product: (i: number) => number) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += product(i) / rows;
    return sum;
  };
  for (const column of columns) {
    expect(Math.abs(meanOf((i) => column[i]!))).toBeLessThan(tolerance);
    expect(Math.abs(meanOf((i) => column[i]! ** 2) - 1)).toBeLessThan(2 * tolerance + 0.05);
  }
  for (const other of columns.slice(1, 10))
    expect(Math.abs(meanOf((i) => columns[0]![i]! * other[i]!))).toBeLessThan(0.3);
});

it("a share of the draws gives what an acquisition made of them alone has", () => {
  const process = new GaussianProcess(toPoints(reference.points), referenceTargets, referenceParams);
  const draws = normalDraws(new SeededRng(3), false)(1, 1)[0]!;
  const madeOf = (some: Float64Array) =>
    new LogMeanUtility([new SampledProcess(process, some)], new Improvement(reference.threshold));
  const queries = reference.queries.map((query) => Float64Array.from(query));
  const values = madeOf(draws).evaluateAll(queries, 1 / 4);
  expect(values).toEqual(madeOf(draws.slice(0, draws.length / 4)).evaluateAll(queries));
  expect(values).not.toEqual(madeOf(draws).evaluateAll(queries));
});

it("an improvement on the means is one over the best feasible observation without its noise", () => {
  const points = toPoints(reference.points);
  const objective: Model = { points, scores: referenceTargets, params: referenceParams };
  const feasible = [...referenceTargets].map((_, i) => i % 2 === 0);
  const process = new GaussianProcess(points, referenceTargets, referenceParams);
  const means = process.observedMeans(referenceTargets);
  const best = (values: Float64Array) => Math.max(...values.filter((_, i) => feasible[i]));
  expect(best(means)).not.toBeCloseTo(best(referenceTargets), 3);
  const draw = normalDraws(new SeededRng(3), false);
  const query = Float64Array.from(reference.queries[0]!);
  for (const improveOn of ["means", "scores"] as const) {
    const expected = new LogExpectedImprovement(process, best(improveOn === "means" ? means : referenceTargets));
    const models = { objectives: [{ ...objective, improveOn }], constraints: [], feasible };
    expect(chooseAcquisition({ ...models, pending: undefined }, draw).evaluate(query)).toBe(expected.evaluate(query));
  }
  const running = toPoints(reference.running);
  const [onMeans, onScores] = (["means", "scores"] as const).map((improveOn) =>
    chooseAcquisition(
      { objectives: [{ ...objective, improveOn }], constraints: [], feasible, pending: running },
      draw,
    ).evaluate(query),
  );
  expect(onMeans! > onScores!).toBe(best(means) < best(referenceTargets));
});

it("there are half as many draws where each is dear", () => {
  const [all, few] = [false, true].map((isDear) => normalDraws(new SeededRng(3), isDear)(1, 2)[0]!);
  expect(few!.length).toBe(all!.length / 2);
});
