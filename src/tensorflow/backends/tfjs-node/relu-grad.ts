import type { ReluGradInputs } from "../../fused/relu.js";
import { type TensorFlowKernelCall, opAttrs, tensorFlowKernel } from "./kernel.js";

export const reluGrad = tensorFlowKernel(
  "ReluGrad",
  ({ inputs: { dy, x }, backend }: TensorFlowKernelCall<ReluGradInputs, object>) =>
    backend.executeSingleOutput("ReluGrad", opAttrs(backend, { T: "float32" }), [dy, x]),
);
