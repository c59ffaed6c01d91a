import type * as tf from "@tensorflow/tfjs";
import { floatsOf, type WasmKernelCall, wasmKernel } from "../kernel.js";

/** Keeps NaN, of which the stock kernel makes a bound: the loss of a network that has diverged would be a number like any other. */
export const clipByValue = wasmKernel(
  "ClipByValue",
  ({ inputs: { x }, attrs, backend, stock }: WasmKernelCall<"x", tf.ClipByValueAttrs>) => {
    if (x.dtype !== "float32") return stock();
    const { clipValueMin: least, clipValueMax: most } = attrs;
    const y = backend.makeOutput(x.shape, "float32");
    const [from, to] = [floatsOf(backend, x), floatsOf(backend, y)];
    for (let i = 0; i < to.length; i++) to[i] = Math.min(Math.max(from[i]!, least), most);
    return y;
  },
);
