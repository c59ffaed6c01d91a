import * as tf from "@tensorflow/tfjs";
import type { ReluGradInputs } from "../../fused/relu.js";
import { type KernelCall, wasmKernel } from "./kernel.js";
import { addressOf, simd } from "./simd.js";

/** The gradient of a ReLU in one pass. */
export const reluGrad = wasmKernel("ReluGrad", ({ inputs, backend }: KernelCall<ReluGradInputs, object>) => {
  const dx = backend.makeOutput(inputs.x.shape, "float32");
  const [dy, x, to] = [inputs.dy, inputs.x, dx].map((tensor) => addressOf(backend, tensor));
  simd(backend).reluGradient(dy!, x!, to!, tf.util.sizeFromShape(dx.shape));
  return dx;
});
