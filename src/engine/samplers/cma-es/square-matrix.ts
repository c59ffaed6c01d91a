import { symmetricEigen, type SymmetricEigen } from "../../math/symmetric-eigen.js";

/** Square matrices are n × n, row by row. */

export function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
    result[i] = sum;
  }
  return result;
}

export function multiplyMatrices(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k]!;
      for (let j = 0; j < n; j++) result[i * n + j]! += factor * b[k * n + j]!;
    }
  return result;
}

/** V diag(d) Vᵀ. */
export function scaledProduct(vectors: Float64Array, diagonal: Float64Array): Float64Array {
  const n = diagonal.length;
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += vectors[i * n + k]! * diagonal[k]! * vectors[j * n + k]!;
      result[i * n + j] = result[j * n + i] = sum;
    }
  return result;
}

/** In place of an eigenvalue that rounding has made negative or zero, beside the largest. */
const LEAST_EIGENVALUE = 1e-8;

/** The eigenvalues, all above 0, and eigenvectors of a matrix that is positive definite up to rounding. */
export function positiveEigen(matrix: Float64Array, n: number): SymmetricEigen & { readonly repaired: boolean } {
  const { values, vectors } = symmetricEigen(matrix, n);
  if (values.every((value) => value > 0)) return { values, vectors, repaired: false };
  const least = LEAST_EIGENVALUE * Math.max(...values);
  const repair = least > 0 ? least : LEAST_EIGENVALUE;
  return { values: values.map((value) => (value > 0 ? value : repair)), vectors, repaired: true };
}

/** Adds factor · v vᵀ. */
export function addOuterProduct(matrix: Float64Array, factor: number, vector: Float64Array): void {
  const n = vector.length;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      matrix[i * n + j]! += factor * vector[i]! * vector[j]!;
      matrix[j * n + i] = matrix[i * n + j]!;
    }
}
