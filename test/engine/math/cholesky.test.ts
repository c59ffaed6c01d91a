import { describe, expect, it } from "vitest";
import {
  dot,
  factorize,
  invertTransposed,
  multiplyLower,
  multiplyLower4,
  multiplyUpper,
  transpose,
} from "../../../src/engine/math/cholesky.js";
import { SeededRng } from "../../../src/engine/math/rng.js";

/** B Bᵀ + I, which is positive definite. */
function positiveDefinite(n: number): Float64Array {
  const rng = new SeededRng(n);
  const b = Float64Array.from({ length: n * n }, () => rng.next() - 0.5);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return dot(b, i * n, b, j * n, n) + (i === j ? 1 : 0);
  });
}

/** Nothing above the diagonal. */
function lowerOf(matrix: Float64Array, n: number): Float64Array {
  return matrix.map((x, at) => (at % n > Math.floor(at / n) ? 0 : x));
}

// Orders around multiples of four, in which rows are taken.
describe.each([1, 2, 3, 4, 5, 8, 13])("a matrix of order %i", (n) => {
  const matrix = positiveDefinite(n);
  const factored = matrix.slice();
  const succeeded = factorize(factored, n);
  const lower = lowerOf(factored, n);

  it("is the product of its factor with its transpose", () => {
    expect(succeeded).toBe(true);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) expect(dot(lower, i * n, lower, j * n, n)).toBeCloseTo(matrix[i * n + j]!, 12);
  });

  it("keeps what it has above the diagonal", () => {
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) expect(factored[i * n + j]).toBe(matrix[i * n + j]);
  });

  it("has a factor whose inverse undoes it", () => {
    const upper = invertTransposed(factored, n);
    const inverse = transpose(upper, n);
    const x = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
    const [there, back] = [new Float64Array(n), new Float64Array(n)];
    multiplyLower(lower, x, n, there);
    multiplyLower(inverse, there, n, back);
    for (let i = 0; i < n; i++) expect(back[i]).toBeCloseTo(x[i]!, 12);
    multiplyUpper(transpose(lower, n), x, n, there);
    multiplyUpper(upper, there, n, back);
    for (let i = 0; i < n; i++) expect(back[i]).toBeCloseTo(x[i]!, 12);
  });

  it("multiplies four vectors as it does one", () => {
    const four = Float64Array.from({ length: 4 * n }, (_, i) => Math.sin(i));
    const products = new Float64Array(4 * n);
    multiplyLower4(lower, four, n, products);
    const product = new Float64Array(n);
    for (let r = 0; r < 4; r++) {
      multiplyLower(lower, four.subarray(r * n, (r + 1) * n), n, product);
      for (let i = 0; i < n; i++) expect(products[r * n + i]).toBeCloseTo(product[i]!, 12);
    }
  });
});

it.each([
  ["an indefinite one", [1, 2, 2, 1]],
  ["a singular one", [1, 1, 1, 1]],
  ["NaN", [NaN, 0, 0, 1]],
  ["infinity", [Infinity, 0, 0, 1]],
])("refuses %s", (_, matrix) => {
  expect(factorize(Float64Array.from(matrix), 2)).toBe(false);
});
