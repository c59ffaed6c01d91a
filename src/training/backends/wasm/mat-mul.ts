import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { convolve, filterGradient, type ForwardOptions, inputGradient, productOf } from "./convolution.js";
import { free, type KernelCall, runKernel, wasmKernel } from "./kernel.js";

const stockProduct = tf.getKernel("BatchMatMul", "wasm");

/**
 * Matrix products. The stock kernel hands a product to XNNPACK only where neither side is transposed; the gradients of a
 * dense layer each have one side that is. Of float matrices, a product is a convolution by a filter of one pixel, and those two are its
 * gradients; of others, a transposed side is turned around first.
 */
export const batchMatMul = wasmKernel(
  "BatchMatMul",
  ({ inputs: { a, b }, attrs, backend, stock }: KernelCall<"a" | "b", tf.BatchMatMulAttrs>) => {
    if (!isOneMatrix(a) || !isOneMatrix(b)) return stock();
    const bothTurned = attrs.transposeA && attrs.transposeB;
    if (!bothTurned && areFull(a, b)) return byConvolution(backend, a, b, attrs);
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
 * the wrong elements of the bias: there, the three are done one after the other.
 */
export const fusedMatMul = wasmKernel(
  "_FusedMatMul",
  ({ inputs, attrs, backend, stock }: KernelCall<"a" | "b", tf._FusedMatMulAttrs> & { inputs: FusedInputs }) => {
    const { a, b, bias, preluActivationWeights } = inputs;
    const fast = isOneMatrix(a) && isOneMatrix(b) && !attrs.transposeA && !attrs.transposeB;
    const covered = attrs.activation === "linear" || attrs.activation === "relu";
    if (fast && covered && areFull(a, b) && (!bias || (bias.shape.length === 1 && bias.shape[0] === b.shape.at(-1))))
      return byConvolution(backend, a, b, attrs, { bias, relu: attrs.activation === "relu" });
    if (fast || bias === undefined) return stock();
    const product = runKernel(backend, "BatchMatMul", { a, b }, { ...attrs });
    const sum = runKernel(backend, "Add", { a: product, b: bias }, {});
    free(backend, product);
    const kernelName = activationKernels[attrs.activation];
    if (kernelName === undefined) return sum;
    const slope = preluActivationWeights && { alpha: preluActivationWeights };
    const result = runKernel(backend, kernelName, { x: sum, ...slope }, { alpha: attrs.leakyreluAlpha });
    free(backend, sum);
    return result;
  },
);

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

/** One side may be transposed. */
function byConvolution(
  backend: BackendWasm,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
  options: ForwardOptions = {},
): tf.TensorInfo {
  const [aRows, aColumns, bRows, bColumns] = [...a.shape.slice(-2), ...b.shape.slice(-2)] as Four;
  const [batches] = a.shape.length > b.shape.length ? [a.shape.slice(0, -2)] : [b.shape.slice(0, -2)];
  const shape = [...batches, transposeA ? aColumns : aRows, transposeB ? bRows : bColumns];
  if (transposeA) return filterGradient(backend, productOf(aRows, aColumns, bColumns), a, b, shape);
  if (transposeB) return inputGradient(backend, productOf(aRows, bRows, bColumns), a, b, shape);
  return convolve(backend, productOf(aRows, aColumns, bColumns), a, b, shape, options);
}

type Four = [number, number, number, number];

/** Whether both are of floats, and have some. */
function areFull(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return [a, b].every(({ dtype, shape }) => dtype === "float32" && !shape.includes(0));
}

function isOneMatrix({ shape }: tf.TensorInfo): boolean {
  return shape.slice(0, -2).every((size) => size === 1);
}

function turned(backend: BackendWasm, x: tf.TensorInfo): tf.TensorInfo {
  const axes = x.shape.map((_, axis) => axis);
  const [columns, rows] = [axes.pop()!, axes.pop()!];
  return runKernel(backend, "Transpose", { x }, { perm: [...axes, columns, rows] });
}
