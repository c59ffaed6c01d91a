import type { ReluGradInputs } from "../../fused/relu.js";
import { type KernelCall, opAttrs, tensorFlowKernel } from "./kernel.js";

export const reluGrad = tensorFlowKernel(
  "ReluGrad",
  ({ inputs: { dy, x }, backend }: KernelCall<ReluGradInputs, object>) =>
    backend.executeSingleOutput("ReluGrad", opAttrs(backend, { T: "float32" }), [dy, x]),
);
