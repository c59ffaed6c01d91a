import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { hypervolume } from "../../../src/engine/multi-objective/hypervolume.js";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { multiObjectiveCases, number, numbers, randomCases } from "./golden.js";

describe("hypervolume", () => {
  it.each(multiObjectiveCases)(
    "is Optuna's (golden)",
    ({ values_minimize, reference_point, hypervolume: expected }) => {
      const within = values_minimize.filter((loss) => loss.every((value, i) => value <= reference_point[i]!));
      expect(hypervolume(within, reference_point)).toBeCloseTo(expected, 12);
    },
  );

  it.each(randomCases)("is Optuna's ($losses.length × $losses.0.length)", (example) => {
    const expected = number(example.hypervolume);
    const ours = hypervolume(example.losses.map(numbers), numbers(example.reference));
    if (Number.isFinite(expected)) expect(Math.abs(ours - expected)).toBeLessThan(1e-10 * Math.max(1, expected));
    else expect(ours).toBe(expected);
  });

  it("is what counting points gives", () => {
    const rng = new SeededRng(3);
    const losses = Array.from({ length: 12 }, () => [rng.next(), rng.next(), rng.next(), rng.next()]);
    const points = 40_000;
    let inside = 0;
    for (let i = 0; i < points; i++) {
      const point = [rng.next(), rng.next(), rng.next(), rng.next()];
      if (losses.some((loss) => loss.every((value, k) => value <= point[k]!))) inside++;
    }
    expect(Math.abs(hypervolume(losses, [1, 1, 1, 1]) - inside / points)).toBeLessThan(0.01);
  });

  it("is 0 of nothing, the side of one objective, infinite without bound", () => {
    expect(hypervolume([], [1, 1])).toBe(0);
    expect(hypervolume([[3], [1]], [5])).toBe(4);
    expect(hypervolume([[0, 0]], [1, Infinity])).toBe(Infinity);
    expect(hypervolume([[-Infinity, 0]], [1, 1])).toBe(Infinity);
  });

  it("refuses a loss beyond the reference point", () => {
    expect(() => hypervolume([[0, 2]], [1, 1])).toThrow(InvalidArgumentError);
  });
});
