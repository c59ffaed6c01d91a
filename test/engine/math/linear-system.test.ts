import { describe, expect, it } from "vitest";
import { solveLinearSystem } from "../../../src/engine/math/linear-system.js";
import { SeededRng } from "../../../src/engine/math/rng.js";

describe("solveLinearSystem", () => {
  it("finds what gives the right-hand side", () => {
    const rng = new SeededRng(2);
    for (let n = 1; n <= 6; n++) {
      const matrix = Array.from({ length: n }, () => Array.from({ length: n }, () => rng.next() - 0.5));
      const x = Array.from({ length: n }, () => rng.next());
      const right = matrix.map((row) => row.reduce((sum, a, i) => sum + a * x[i]!, 0));
      solveLinearSystem(matrix, right)!.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 9));
    }
  });

  it("needs no pivot on the diagonal", () => {
    const matrix = [
      [0, 2],
      [4, 0],
    ];
    expect(solveLinearSystem(matrix, [1, 1])).toEqual([0.25, 0.5]);
  });

  it("has nothing for a singular matrix", () => {
    const matrix = [
      [1, 2],
      [2, 4],
    ];
    expect(solveLinearSystem(matrix, [1, 1])).toBeUndefined();
    expect(solveLinearSystem([[0]], [1])).toBeUndefined();
    expect(solveLinearSystem([[Infinity]], [1])).toBeUndefined();
  });
});
