import { describe, expect, it } from "vitest";
import { naturalLog } from "../../../src/engine/math/natural-log.js";

describe("naturalLog", () => {
  it.each([
    [1, 0],
    [2, Math.LN2],
    [10, Math.LN10],
    [Math.E, 1],
    [3, 1.0986122886681098],
    [243, 5.493061443340548],
    [0.1, -2.3025850929940455],
    [Number.MIN_VALUE, -744.4400719213812],
    [Number.MAX_VALUE, 709.782712893384],
  ])("of %d is %d, to the last place", (x, expected) => {
    expect(naturalLog(x)).toBe(expected);
  });
});
