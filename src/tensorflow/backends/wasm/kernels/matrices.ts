import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { free } from "../kernel.js";
import { addressOf, threadPool } from "../threads/thread-pool.js";
import { PRODUCTS_PER_NS } from "./convolution.js";

/** Of one product, once its sides are turned. */
interface ProductSizes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/**
 * Products of many matrices, each by its own, as attention multiplies them. What is scratch for each is as large as the sides together.
 *
 * @param shape of the result; where a side is one matrix, all are multiplied by it
 */
export function multiplyAll(
  backend: BackendWasm,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: Pick<tf.BatchMatMulAttrs, "transposeA" | "transposeB">,
  { rows, inner, columns }: ProductSizes,
  shape: number[],
): tf.TensorInfo {
  const count = tf.util.sizeFromShape(shape) / (rows * columns);
  const apart = (x: tf.TensorInfo, size: number) => (tf.util.sizeFromShape(x.shape) === size ? 0 : 4 * size);
  const panels = backend.makeOutput([count, Math.ceil(columns / 8), inner, 8], "float32");
  const turned = backend.makeOutput([transposeA ? count * rows * inner : 1], "float32");
  const y = backend.makeOutput(shape, "float32");
  const [from, by, to, around, packed] = [a, b, y, turned, panels].map((x) => addressOf(backend, x));
  threadPool(backend).run(
    "multiplyMatrices",
    [
      ...([from!, apart(a, rows * inner), by!, apart(b, inner * columns), to!, around!, packed!] as const),
      ...([rows, inner, columns, Number(transposeA), Number(transposeB)] as const),
    ],
    { units: count, each: (rows * inner * columns) / PRODUCTS_PER_NS },
  );
  free(backend, panels, turned);
  return y;
}
