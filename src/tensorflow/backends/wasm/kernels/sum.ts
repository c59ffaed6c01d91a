import * as tf from "@tensorflow/tfjs";
import { channelSums } from "./channel-sums.js";
import { floatsOf, type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf } from "../threads/thread-pool.js";

/**
 * Sums over leading axes row by row, as the gradient of every bias does. The stock kernel turns the whole tensor around
 * first. Other sums are left to it.
 */
export const sum = wasmKernel("Sum", ({ inputs: { x }, attrs, backend, stock }: WasmKernelCall<"x", tf.SumAttrs>) => {
  const axes = tf.util.parseAxisParam(attrs.axis, x.shape).toSorted((a, b) => a - b);
  const leading = axes.length < x.shape.length && axes.every((axis, i) => axis === i);
  if (!leading || x.dtype !== "float32") return stock();
  const kept = x.shape.slice(axes.length);
  const result = backend.makeOutput(attrs.keepDims ? [...axes.map(() => 1), ...kept] : kept, "float32");
  const columns = tf.util.sizeFromShape(kept);
  const rows = tf.util.sizeFromShape(x.shape) / columns;
  const sums = channelSums(backend, "sumChannels", [addressOf(backend, x)], rows, columns);
  floatsOf(backend, result).set(sums);
  return result;
});
