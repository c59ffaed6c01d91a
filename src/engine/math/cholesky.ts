/**
 * Dense linear algebra for symmetric positive definite matrices. A matrix of order n is a `Float64Array` of n², row by row; every
 * inner loop is a dot product of two contiguous stretches.
 */

/** The sum of a[i]·b[j] over two stretches of equal length. */
export function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  // Four sums that do not wait for one another.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[aStart + i]! * b[bStart + i]!;
    s1 += a[aStart + i + 1]! * b[bStart + i + 1]!;
    s2 += a[aStart + i + 2]! * b[bStart + i + 2]!;
    s3 += a[aStart + i + 3]! * b[bStart + i + 3]!;
  }
  for (; i < length; i++) s0 += a[aStart + i]! * b[bStart + i]!;
  return s0 + s1 + (s2 + s3);
}

/**
 * Replaces the lower triangle of a symmetric positive definite matrix by its Cholesky factor L, with A = L Lᵀ; the upper triangle is
 * neither read nor written.
 * @returns false where the matrix is not positive definite as far as doubles can tell; its content is then of no use.
 */
export function factorize(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < i; j++) {
      const other = j * n;
      matrix[row + j] = (matrix[row + j]! - dot(matrix, row, matrix, other, j)) / matrix[other + j]!;
    }
    const pivot = matrix[row + i]! - dot(matrix, row, matrix, row, i);
    if (!(pivot > 0 && pivot < Infinity)) return false;
    matrix[row + i] = Math.sqrt(pivot);
  }
  return true;
}

/** The transpose of the inverse of a lower triangular matrix: upper triangular, zeros below its diagonal. */
export function invertTransposed(lower: Float64Array, n: number, out: Float64Array = new Float64Array(n * n)): Float64Array {
  for (let column = 0; column < n; column++) {
    const row = column * n;
    out[row + column] = 1 / lower[row + column]!;
    for (let i = column + 1; i < n; i++)
      out[row + i] = -dot(lower, i * n + column, out, row + column, i - column) / lower[i * n + i]!;
  }
  return out;
}

export function transpose(matrix: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = matrix[i * n + j]!;
  return out;
}

/** The product of a lower triangular matrix with a vector. */
export function multiplyLower(lower: Float64Array, x: Float64Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = dot(lower, i * n, x, 0, i + 1);
}

/** The product of an upper triangular matrix with a vector. */
export function multiplyUpper(upper: Float64Array, x: Float64Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = dot(upper, i * n + i, x, i, n - i);
}
