import type { ReluGradInputs } from "../../fused/relu.js";
import { type WebGpuKernelCall, webGpuKernel } from "./kernel.js";
import { runPerElement } from "./program.js";

/** The gradient of a ReLU in one program. */
export const reluGrad = webGpuKernel("ReluGrad", ({ inputs, backend }: WebGpuKernelCall<ReluGradInputs, object>) => {
  const code = "dx[i] = select(0.0, dy(i), x(i) > 0.0);";
  return runPerElement(backend, { name: "ReluGrad", code, inputs, outputs: { dx: inputs.x.shape } })[0]!;
});
