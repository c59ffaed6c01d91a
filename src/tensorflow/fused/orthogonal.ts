import * as tf from "@tensorflow/tfjs";

/** What the hook reads of TensorFlow.js's initializer. */
interface Orthogonal {
  apply(shape: number[], dtype?: tf.DataType): tf.Tensor;
  readonly gain: number;
  readonly seed: number | undefined;
}

/**
 * Makes the orthogonal initializer, an LSTM's, decompose its matrix in place. TensorFlow.js does it by tensors, a dozen for each column. The
 * numbers are the same from the same seed, up to rounding: a matrix has one decomposition in which the diagonal of R is positive.
 */
export function fuseOrthogonal(): void {
  const initializer = Object.getPrototypeOf(tf.initializers.orthogonal({ gain: 1 })) as Orthogonal;
  const stock = initializer.apply;
  initializer.apply = function (this: Orthogonal, shape, dtype) {
    // It says what is wrong.
    if (shape.length < 2 || (dtype ?? "float32") !== "float32") return stock.call(this, shape, dtype);
    const columns = shape.at(-1)!;
    const rows = tf.util.sizeFromShape(shape) / columns;
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    const normal = tf.randomNormal([long, short], 0, 1, "float32", this.seed);
    const values = Float64Array.from(normal.dataSync());
    normal.dispose();
    orthonormalize(values, long, short);
    return tf.tidy(() => {
      const q = tf.tensor2d(
        Float32Array.from(values, (value) => value * this.gain),
        [long, short],
      );
      return (rows < columns ? q.transpose() : q).reshape(shape);
    });
  };
}

/** Makes the columns of a matrix [rows, columns] orthonormal, one after the other (Gram and Schmidt, as modified). */
function orthonormalize(matrix: Float64Array, rows: number, columns: number): void {
  const vectors: Float64Array[] = [];
  for (let column = 0; column < columns; column++) {
    const vector = Float64Array.from({ length: rows }, (_, row) => matrix[row * columns + column]!);
    for (const other of vectors) {
      const part = dot(vector, other);
      for (let row = 0; row < rows; row++) vector[row]! -= part * other[row]!;
    }
    const length = Math.sqrt(dot(vector, vector));
    for (let row = 0; row < rows; row++) matrix[row * columns + column] = vector[row]! /= length;
    vectors.push(vector);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
