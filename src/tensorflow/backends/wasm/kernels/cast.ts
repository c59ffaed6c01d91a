import type * as tf from "@tensorflow/tfjs";
import { free, type WasmKernelCall, runKernel, wasmKernel } from "../kernel.js";

/** Conversion of types. To truth values, the stock kernel cuts 0.5 down to false and makes -1 neither true nor false. */
export const cast = wasmKernel(
  "Cast",
  ({ inputs: { x }, attrs, backend, stock }: WasmKernelCall<"x", tf.CastAttrs>) => {
    if (attrs.dtype !== "bool" || x.dtype === "bool") return stock();
    const zero = backend.makeOutput([], x.dtype);
    backend.typedArrayFromHeap(zero).fill(0);
    const result = runKernel(backend, "NotEqual", { a: x, b: zero }, {});
    free(backend, zero);
    return result;
  },
);
