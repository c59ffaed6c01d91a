import * as tf from "@tensorflow/tfjs";
import { floatsOf, type KernelCall, wasmKernel } from "./kernel.js";

const stockSum = tf.getKernel("Sum", "wasm");

/**
 * Sums over leading axes row by row, as the gradient of every bias does. The stock kernel turns the whole tensor around
 * first. Other sums are left to it.
 */
export const sum = wasmKernel("Sum", ({ inputs: { x }, attrs, backend }: KernelCall<"x", tf.SumAttrs>) => {
  const axes = tf.util.parseAxisParam(attrs.axis, x.shape).toSorted((a, b) => a - b);
  const leading = axes.length < x.shape.length && axes.every((axis, i) => axis === i);
  if (!leading || x.dtype !== "float32") {
    return stockSum.kernelFunc({ inputs: { x }, attrs: { ...attrs }, backend });
  }
  const kept = x.shape.slice(axes.length);
  const result = backend.makeOutput(attrs.keepDims ? [...axes.map(() => 1), ...kept] : kept, "float32");
  const columns = tf.util.sizeFromShape(kept);
  const [from, sums] = [floatsOf(backend, x), new Float64Array(columns)];
  for (let start = 0; start < from.length; start += columns) {
    for (let c = 0; c < columns; c++) sums[c] = sums[c]! + from[start + c]!;
  }
  floatsOf(backend, result).set(sums);
  return result;
});
