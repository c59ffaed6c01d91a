import type { ReluGradInputs } from "../../fused/relu.js";
import { floatsOf, type KernelCall, wasmKernel } from "./kernel.js";

/** The gradient of a ReLU in one pass. */
export const reluGrad = wasmKernel("ReluGrad", ({ inputs, backend }: KernelCall<ReluGradInputs, object>) => {
  const dx = backend.makeOutput(inputs.x.shape, "float32");
  const [x, dy, to] = [floatsOf(backend, inputs.x), floatsOf(backend, inputs.dy), floatsOf(backend, dx)];
  for (let i = 0; i < to.length; i++) to[i] = x[i]! > 0 ? dy[i]! : 0;
  return dx;
});
