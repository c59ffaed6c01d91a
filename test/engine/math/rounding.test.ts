import { describe, expect, it } from "vitest";
import { nextBelow, roundHalfEven } from "../../../src/engine/math/rounding.js";

describe("roundHalfEven", () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, -0],
    [-1.5, -2],
    [-2.5, -2],
    [2.4999, 2],
    [7, 7],
  ])("rounds %d to %d", (x, expected) => expect(roundHalfEven(x)).toBe(expected));
});

describe("nextBelow", () => {
  it("steps by one unit in the last place", () => {
    expect(nextBelow(1)).toBe(1 - 2 ** -53);
    expect(nextBelow(-1)).toBe(-1 - 2 ** -52);
    expect(nextBelow(0)).toBe(-5e-324);
    expect(nextBelow(5e-324)).toBe(0);
  });
});
