import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { InvalidArgumentError } from "../../../../engine/errors.js";
import { convolve, filterGradient, type ForwardOptions, inputGradient, productOf } from "./convolution.js";
import { multiplyAll } from "./matrices.js";
import { fewNonZeros, sparseFilterGradient, sparseInputGradient } from "./sparse.js";
import { free, type WasmKernelCall, runKernel, wasmKernel } from "../kernel.js";
import { addressOf } from "../threads/thread-pool.js";

const stockProduct = tf.getKernel("BatchMatMul", "wasm");

/**
 * Matrix products. The stock kernel hands a product to XNNPACK only where neither side is transposed; the gradients of a
 * dense layer each have one side that is. A product is a convolution by a filter of one pixel, and those two are its gradients; where
 * both sides are transposed they are turned around first. Many matrices have a kernel of their own (`matrices.ts`). Of whole numbers the stock
 * kernel multiplies none.
 */
export const batchMatMul = wasmKernel(
  "BatchMatMul",
  ({ inputs: { a, b }, attrs, backend, stock }: WasmKernelCall<"a" | "b", tf.BatchMatMulAttrs>) => {
    const product = productOfShapes(a, b, attrs);
    if (!areFloats(a, b)) return ofWholeNumbers(backend, a, b, attrs, product);
    if (!isOneMatrix(a) || !isOneMatrix(b))
      return areFull(a, b) && fitEachOther(a, b) ? multiplyAll(backend, a, b, attrs, product, product.shape) : stock();
    const bothTurned = attrs.transposeA && attrs.transposeB;
    if (!bothTurned && areFull(a, b)) return byConvolution(backend, a, b, attrs, product);
    const turnedA = attrs.transposeA ? turned(backend, a) : undefined;
    const turnedB = attrs.transposeB ? turned(backend, b) : undefined;
    const attributes = { transposeA: false, transposeB: false };
    const result = stockProduct.kernelFunc({
      inputs: { a: turnedA ?? a, b: turnedB ?? b },
      attrs: attributes,
      backend,
    });
    free(backend, ...[turnedA, turnedB].filter((side) => side !== undefined));
    return result;
  },
);

/**
 * A matrix product with bias and activation. Off XNNPACK's path (a side transposed, or several matrices) the stock kernel adds
 * the wrong elements of the bias: there, and of whole numbers, the three are done one after the other.
 */
export const fusedMatMul = wasmKernel(
  "_FusedMatMul",
  ({ inputs, attrs, backend, stock }: WasmKernelCall<"a" | "b", tf._FusedMatMulAttrs> & { inputs: FusedInputs }) => {
    const { a, b, bias, preluActivationWeights } = inputs;
    const shapes = productOfShapes(a, b, attrs);
    const floats = areFloats(a, b);
    const fast = floats && isOneMatrix(a) && isOneMatrix(b) && !attrs.transposeA && !attrs.transposeB;
    const covered = attrs.activation === "linear" || attrs.activation === "relu";
    if (fast && covered && areFull(a, b) && (!bias || (bias.shape.length === 1 && bias.shape[0] === b.shape.at(-1))))
      return byConvolution(backend, a, b, attrs, shapes, { bias, relu: attrs.activation === "relu" });
    if ((fast || (floats && bias === undefined)) && !losesNaN(attrs.activation)) return stock();
    const product = runKernel(backend, "BatchMatMul", { a, b }, { ...attrs });
    const sum = bias ? runKernel(backend, "Add", { a: product, b: bias }, {}) : product;
    if (bias) free(backend, product);
    const kernelName = activationKernels[attrs.activation];
    if (kernelName === undefined) return sum;
    const slope = preluActivationWeights && { alpha: preluActivationWeights };
    const result = runKernel(backend, kernelName, { x: sum, ...slope }, { alpha: attrs.leakyreluAlpha });
    free(backend, sum);
    return result;
  },
);

/** The stock kernel makes a number of NaN with the first, and NaN of a number with the second, where a slope is NaN. */
function losesNaN(activation: tf._FusedMatMulAttrs["activation"]): boolean {
  return activation === "relu6" || activation === "prelu";
}

interface FusedInputs {
  readonly bias?: tf.TensorInfo | undefined;
  readonly preluActivationWeights?: tf.TensorInfo | undefined;
}

const activationKernels: Readonly<Record<tf._FusedMatMulAttrs["activation"], string | undefined>> = {
  linear: undefined,
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** What a product is made of, once the sides are transposed: [rows, inner] · [inner, columns], and the shape that it gets. */
interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly shape: number[];
}

/** @throws InvalidArgumentError where the one has not as many columns as the other has rows. */
function productOfShapes(a: tf.TensorInfo, b: tf.TensorInfo, { transposeA, transposeB }: tf.BatchMatMulAttrs): Product {
  const [left, right] = [a.shape.slice(-2), b.shape.slice(-2)] as [Pair, Pair];
  const [rows, inner] = transposeA ? [left[1], left[0]] : left;
  const [bRows, columns] = transposeB ? [right[1], right[0]] : right;
  if (inner !== bRows) {
    const sides = [
      `[${a.shape.join(", ")}]${transposeA ? " transposed" : ""}`,
      `[${b.shape.join(", ")}]${transposeB ? " transposed" : ""}`,
    ];
    throw new InvalidArgumentError(
      `Cannot multiply matrices of ${sides.join(" and ")}: the first has ${inner} columns, but the second has ${bRows} rows.`,
    );
  }
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { rows, inner, columns, shape: [...outer, rows, columns] };
}

type Pair = [number, number];

/** One side may be transposed. */
function byConvolution(
  backend: BackendWasm,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
  { rows, inner, columns, shape }: Product,
  options: ForwardOptions = {},
): tf.TensorInfo {
  const nonZeros =
    transposeB || options.bias || options.relu ? undefined : fewNonZeros(backend, a, rows * inner * columns);
  if (nonZeros !== undefined) return bySums(backend, a, b, { transposeA, nonZeros }, { rows, inner, columns, shape });
  if (transposeA) return filterGradient(backend, productOf(inner, rows, columns), a, b, shape);
  if (transposeB) return inputGradient(backend, productOf(rows, columns, inner), a, b, shape);
  return convolve(backend, productOf(rows, inner, columns), a, b, shape, options);
}

/** Where `a` is nearly nothing but zeros, as rows of one 1 are: sums of rows of `b`. */
function bySums(
  backend: BackendWasm,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, nonZeros }: { readonly transposeA: boolean; readonly nonZeros: number },
  { rows, inner, columns, shape }: Product,
): tf.TensorInfo {
  const y = backend.makeOutput(shape, "float32");
  if (transposeA) {
    const images = { address: addressOf(backend, b), height: 1, width: inner };
    sparseFilterGradient(backend, productOf(inner, columns, rows), images, a, y, nonZeros);
  } else {
    const images = { address: addressOf(backend, y), height: 1, width: 1 };
    const eachRow = { ...productOf(1, columns, inner), batch: rows };
    sparseInputGradient(backend, eachRow, a, b, images, nonZeros);
  }
  return y;
}

/** Exact, where floats would not be; what 32 bits do not hold begins anew, as on `cpu`. */
function ofWholeNumbers(
  backend: BackendWasm,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
  { rows, inner, columns, shape }: Product,
): tf.TensorInfo {
  const result = backend.makeOutput(shape, a.dtype);
  const [x, y, product] = [a, b, result].map((matrices) => backend.typedArrayFromHeap(matrices)) as [
    Whole,
    Whole,
    Whole,
  ];
  const [xRow, xColumn] = transposeA ? [1, rows] : [inner, 1];
  const [yRow, yColumn] = transposeB ? [1, inner] : [columns, 1];
  for (let out = 0; out < product.length; out++) {
    const matrix = Math.floor(out / (rows * columns));
    const row = Math.floor(out / columns) % rows;
    let i = ((matrix * rows * inner) % x.length) + row * xRow;
    let j = ((matrix * inner * columns) % y.length) + (out % columns) * yColumn;
    let sum = 0;
    for (let k = 0; k < inner; k++, i += xColumn, j += yRow) sum += x[i]! * y[j]!;
    product[out] = sum;
  }
  return result;
}

type Whole = Int32Array | Uint8Array;

function areFloats(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return a.dtype === "float32" && b.dtype === "float32";
}

function areFull(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return !a.shape.includes(0) && !b.shape.includes(0);
}

/** Whether there are as many matrices on both sides, or one on a side. */
function fitEachOther(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return isOneMatrix(a) || isOneMatrix(b) || tf.util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
}

function isOneMatrix({ shape }: tf.TensorInfo): boolean {
  return shape.slice(0, -2).every((size) => size === 1);
}

function turned(backend: BackendWasm, x: tf.TensorInfo): tf.TensorInfo {
  const axes = x.shape.map((_, axis) => axis);
  const [columns, rows] = [axes.pop()!, axes.pop()!];
  return runKernel(backend, "Transpose", { x }, { perm: [...axes, columns, rows] });
}
