import { describe, expect, it } from "vitest";
import { crowdingDistances } from "../../../src/engine/multi-objective/crowding-distance.js";
import { number, numbers, randomCases } from "./golden.js";

describe("crowdingDistances", () => {
  it.each(randomCases)("are Optuna's ($losses.length × $losses.0.length)", ({ losses, crowding, crowdingOrder }) => {
    const { distances, order } = crowdingDistances(losses.map(numbers));
    expect(order).toEqual(crowdingOrder);
    distances.forEach((distance, i) => {
      const expected = number(crowding[i]!);
      if (Number.isFinite(expected)) expect(distance).toBeCloseTo(expected, 12);
      else expect(distance).toBe(expected);
    });
  });
});
