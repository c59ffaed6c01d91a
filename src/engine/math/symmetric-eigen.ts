export interface SymmetricEigen {
  /** In no order. */
  readonly values: Float64Array;
  /** n × n, row by row: column k is the eigenvector of value k, of length 1. */
  readonly vectors: Float64Array;
}

const MAX_SWEEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations: slower than tridiagonal methods for large matrices, and
 * exact to the last bits also in the small eigenvalues of a positive definite one (Demmel and Veselić, SIAM J. Matrix Anal. 13, 1992).
 * @param matrix n × n, row by row; only what is on and above the diagonal is read.
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = matrix.slice();
  const vectors = identity(n);
  for (let sweep = 0, rotated = true; rotated && sweep < MAX_SWEEPS; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        // Negligible beside its own row and column, however small these are beside the others.
        const scale = Math.sqrt(Math.abs(a[p * n + p]!)) * Math.sqrt(Math.abs(a[q * n + q]!));
        if (Math.abs(a[p * n + q]!) <= Number.EPSILON * scale) continue;
        rotate(a, vectors, n, p, q);
        rotated = true;
      }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

export function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
  return matrix;
}

/** Turns the plane of axes p < q such that what couples them vanishes. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const coupling = a[p * n + q]!;
  const cotangent = (a[q * n + q]! - a[p * n + p]!) / (2 * coupling);
  const tangent = (cotangent < 0 ? -1 : 1) / (Math.abs(cotangent) + Math.hypot(cotangent, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  a[p * n + p]! -= tangent * coupling;
  a[q * n + q]! += tangent * coupling;
  a[p * n + q] = 0;
  for (let i = 0; i < n; i++) {
    turn(vectors, i * n + p, i * n + q, cosine, sine);
    if (i === p || i === q) continue;
    turn(a, i < p ? i * n + p : p * n + i, i < q ? i * n + q : q * n + i, cosine, sine);
  }
}

function turn(values: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const [x, y] = [values[i]!, values[j]!];
  values[i] = cosine * x - sine * y;
  values[j] = sine * x + cosine * y;
}
