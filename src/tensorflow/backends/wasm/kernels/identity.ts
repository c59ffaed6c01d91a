import { type WasmKernelCall, reshaped, wasmKernel } from "../kernel.js";

/** The same data once more, as the `Reshape` of the stock backend has it; its `Identity` copies every number. */
export const identity = wasmKernel("Identity", ({ inputs: { x }, backend, stock }: WasmKernelCall<"x", object>) =>
  x.dtype === "string" ? stock() : reshaped(backend, x, x.shape),
);
