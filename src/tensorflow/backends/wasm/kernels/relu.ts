import * as tf from "@tensorflow/tfjs";
import type { LeakyReluGradAttrs, ReluGradInputs } from "../../../fused/relu.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

/** The gradient of a ReLU in one pass. */
export const reluGrad = wasmKernel("ReluGrad", ({ inputs, backend }: WasmKernelCall<ReluGradInputs, object>) => {
  const dx = backend.makeOutput(inputs.x.shape, "float32");
  const [dy, x, to] = [inputs.dy, inputs.x, dx].map((tensor) => addressOf(backend, tensor));
  const units = tf.util.sizeFromShape(dx.shape);
  threadPool(backend).run("reluGradient", [dy!, x!, to!], { units, each: NS_PER_NUMBER, step: 4 });
  return dx;
});

export const relu = wasmKernel("Relu", ({ inputs: { x }, backend, stock }: WasmKernelCall<"x", object>) => {
  if (x.dtype !== "float32") return stock();
  const y = backend.makeOutput(x.shape, "float32");
  const units = tf.util.sizeFromShape(x.shape);
  threadPool(backend).run("relu", [addressOf(backend, x), addressOf(backend, y)], {
    units,
    each: NS_PER_NUMBER,
    step: 4,
  });
  return y;
});

export const leakyRelu = wasmKernel(
  "LeakyRelu",
  ({ inputs: { x }, attrs: { alpha }, backend, stock }: WasmKernelCall<"x", tf.LeakyReluAttrs>) => {
    if (x.dtype !== "float32") return stock();
    const y = backend.makeOutput(x.shape, "float32");
    const units = tf.util.sizeFromShape(x.shape);
    const [from, to] = [addressOf(backend, x), addressOf(backend, y)];
    threadPool(backend).run("leakyRelu", [from, to, alpha], { units, each: NS_PER_NUMBER, step: 4 });
    return y;
  },
);

/** Its gradient in one pass. */
export const leakyReluGrad = wasmKernel(
  "LeakyReluGrad",
  ({ inputs, attrs, backend }: WasmKernelCall<ReluGradInputs, LeakyReluGradAttrs>) => {
    const dx = backend.makeOutput(inputs.x.shape, "float32");
    const [dy, x, to] = [inputs.dy, inputs.x, dx].map((tensor) => addressOf(backend, tensor));
    const units = tf.util.sizeFromShape(dx.shape);
    const work = { units, each: NS_PER_NUMBER, step: 4 };
    threadPool(backend).run("leakyReluGradient", [dy!, x!, to!, attrs.alpha], work);
    return dx;
  },
);
