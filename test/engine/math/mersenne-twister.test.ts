import { describe, expect, it } from "vitest";
import { MersenneTwister } from "../../../src/engine/math/mersenne-twister.js";

/** Expected values are from NumPy 2.4. */
describe("MersenneTwister", () => {
  it("draws NumPy's numbers", () => {
    const rng = new MersenneTwister(5);
    expect([rng.nextUint32(), rng.nextUint32(), rng.nextUint32()]).toEqual([953453411, 236996814, 3739766767]);
  });

  it.each([
    [5, 0, [2, 0, 1, 3, 4]],
    [5, 7, [0, 3, 2, 1, 4]],
    [12, 0, [6, 11, 4, 10, 2, 8, 1, 7, 9, 3, 0, 5]],
    [12, 7, [7, 10, 2, 5, 0, 1, 11, 8, 3, 6, 9, 4]],
  ])("shuffles a list of %i with seed %i as NumPy does", (length, seed, expected) => {
    const items = Uint32Array.from({ length }, (_, i) => i);
    new MersenneTwister(seed).shuffle(items);
    expect([...items]).toEqual(expected);
  });
});
