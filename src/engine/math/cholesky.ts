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
 * The dot products of a stretch with four others, `stride` apart: in half the time of four, as what they share is read once.
 * @param out the four results, from `outStart` on.
 */
export function dot4(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  stride: number,
  length: number,
  out: Float64Array,
  outStart = 0,
): void {
  const b1 = bStart + stride;
  const b2 = b1 + stride;
  const b3 = b2 + stride;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < length; i++) {
    const x = a[aStart + i]!;
    s0 += x * b[bStart + i]!;
    s1 += x * b[b1 + i]!;
    s2 += x * b[b2 + i]!;
    s3 += x * b[b3 + i]!;
  }
  out[outStart] = s0;
  out[outStart + 1] = s1;
  out[outStart + 2] = s2;
  out[outStart + 3] = s3;
}

/**
 * Replaces the lower triangle of a symmetric positive definite matrix by its Cholesky factor L, with A = L Lᵀ; the upper triangle is
 * neither read nor written.
 * @returns false where the matrix is not positive definite as far as doubles can tell; its content is then of no use.
 */
export function factorize(matrix: Float64Array, n: number): boolean {
  const four = new Float64Array(4);
  for (let j = 0; j < n; j++) {
    const row = j * n;
    const pivot = matrix[row + j]! - dot(matrix, row, matrix, row, j);
    if (!(pivot > 0 && pivot < Infinity)) return false;
    const diagonal = Math.sqrt(pivot);
    matrix[row + j] = diagonal;
    let i = j + 1;
    for (; i + 3 < n; i += 4) {
      dot4(matrix, row, matrix, i * n, n, j, four);
      for (let r = 0; r < 4; r++) {
        const at = (i + r) * n + j;
        matrix[at] = (matrix[at]! - four[r]!) / diagonal;
      }
    }
    for (; i < n; i++) matrix[i * n + j] = (matrix[i * n + j]! - dot(matrix, row, matrix, i * n, j)) / diagonal;
  }
  return true;
}

/**
 * The transpose of the inverse of a lower triangular matrix: upper triangular.
 * @param out zeros below its diagonal.
 */
export function invertTransposed(
  lower: Float64Array,
  n: number,
  out: Float64Array = new Float64Array(n * n),
): Float64Array {
  const four = new Float64Array(4);
  for (let first = 0; first < n; first += 4) {
    const end = Math.min(first + 4, n);
    for (let column = first; column < end; column++) {
      const row = column * n;
      out[row + column] = 1 / lower[row + column]!;
      for (let i = column + 1; i < end; i++)
        out[row + i] = -dot(lower, i * n + column, out, row + column, i - column) / lower[i * n + i]!;
    }
    for (let i = end; i < n; i++) {
      dot4(lower, i * n + first, out, first * n + first, n, i - first, four);
      for (let r = 0; r < 4; r++) out[(first + r) * n + i] = -four[r]! / lower[i * n + i]!;
    }
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
  const four = new Float64Array(4);
  let i = 0;
  for (; i + 3 < n; i += 4) {
    dot4(x, 0, lower, i * n, n, i, four);
    for (let r = 0; r < 4; r++) out[i + r] = four[r]! + dot(lower, (i + r) * n + i, x, i, r + 1);
  }
  for (; i < n; i++) out[i] = dot(lower, i * n, x, 0, i + 1);
}

/** The products of a lower triangular matrix with four vectors, one after the other in `x` and in `out`. */
export function multiplyLower4(lower: Float64Array, x: Float64Array, n: number, out: Float64Array): void {
  const four = new Float64Array(4);
  for (let i = 0; i < n; i++) {
    dot4(lower, i * n, x, 0, n, i + 1, four);
    for (let r = 0; r < 4; r++) out[r * n + i] = four[r]!;
  }
}

/** The product of an upper triangular matrix with a vector. */
export function multiplyUpper(upper: Float64Array, x: Float64Array, n: number, out: Float64Array): void {
  const four = new Float64Array(4);
  let i = 0;
  for (; i + 3 < n; i += 4) {
    dot4(x, i + 4, upper, i * n + i + 4, n, n - i - 4, four);
    for (let r = 0; r < 4; r++) out[i + r] = four[r]! + dot(upper, (i + r) * (n + 1), x, i + r, 4 - r);
  }
  for (; i < n; i++) out[i] = dot(upper, i * n + i, x, i, n - i);
}
