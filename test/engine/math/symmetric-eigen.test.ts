import { describe, expect, it } from "vitest";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { identity, symmetricEigen } from "../../../src/engine/math/symmetric-eigen.js";

function randomSymmetric(n: number, seed: number): Float64Array {
  const rng = new SeededRng(seed);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = 2 * rng.next() - 1;
  return matrix;
}

/** The largest difference between two expressions of every pair (i, j). */
function largestDifference(n: number, a: (i: number, j: number) => number, b: (i: number, j: number) => number) {
  let largest = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(a(i, j) - b(i, j)));
  return largest;
}

const sumOver = (n: number, term: (k: number) => number) =>
  Array.from({ length: n }, (_, k) => term(k)).reduce((sum, x) => sum + x, 0);

describe("symmetricEigen", () => {
  it.each([1, 2, 3, 8, 25])("takes a matrix of %i apart", (n) => {
    const matrix = randomSymmetric(n, n);
    const { values, vectors } = symmetricEigen(matrix, n);
    const product = (i: number, j: number) => sumOver(n, (k) => vectors[i * n + k]! * values[k]! * vectors[j * n + k]!);
    expect(largestDifference(n, product, (i, j) => matrix[i * n + j]!)).toBeLessThan(1e-13 * n);
    const overlap = (i: number, j: number) => sumOver(n, (k) => vectors[k * n + i]! * vectors[k * n + j]!);
    expect(largestDifference(n, overlap, (i, j) => Number(i === j))).toBeLessThan(1e-13 * n);
  });

  it("knows the eigenvalues of a known matrix", () => {
    const { values } = symmetricEigen(Float64Array.from([2, -1, 0, -1, 2, -1, 0, -1, 2]), 3);
    const expected = [2 - Math.SQRT2, 2, 2 + Math.SQRT2];
    [...values].sort((a, b) => a - b).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 14));
  });

  it("is exact in the small eigenvalues of a positive definite matrix too", () => {
    // diag(1e8, 1, 1e-8) scales a matrix of determinant 0.5625 and so its determinant by itself, twice.
    const scales = [1e8, 1, 1e-8];
    const core = [1, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 1];
    const matrix = Float64Array.from(core, (x, k) => x * scales[Math.floor(k / 3)]! * scales[k % 3]!);
    const { values } = symmetricEigen(matrix, 3);
    expect([...values].reduce((product, value) => product * value, 1)).toBeCloseTo(0.5625, 12);
    expect(Math.min(...values)).toBeGreaterThan(0);
  });

  it("leaves a diagonal matrix, zero among them, as it is, and its argument too", () => {
    const zero = new Float64Array(9);
    expect(symmetricEigen(zero, 3)).toEqual({ values: new Float64Array(3), vectors: identity(3) });
    const matrix = randomSymmetric(4, 9);
    const copy = matrix.slice();
    symmetricEigen(matrix, 4);
    expect(matrix).toEqual(copy);
  });
});
