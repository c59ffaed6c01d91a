import * as tf from "@tensorflow/tfjs";
import type { GeluGradInputs } from "../../../fused/gelu.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, threadPool } from "../threads/thread-pool.js";

/** Each takes so long, in nanoseconds: there is a power of e in it. */
const NS_PER_POWER = 2;

/** The stock kernel calls a function for each number. */
export const tanh = eachOf("Tanh", "tanh");

/** Likewise. */
export const erf = eachOf("Erf", "erf");

export const gelu = eachOf("Gelu", "gelu");

export const geluGrad = wasmKernel("GeluGrad", ({ inputs, backend }: WasmKernelCall<GeluGradInputs, object>) => {
  const dx = backend.makeOutput(inputs.x.shape, "float32");
  const [dy, x, to] = [inputs.dy, inputs.x, dx].map((tensor) => addressOf(backend, tensor));
  const units = tf.util.sizeFromShape(dx.shape);
  threadPool(backend).run("geluGradient", [dy!, x!, to!], { units, each: NS_PER_POWER, step: 4 });
  return dx;
});

function eachOf(kernelName: string, kernel: "tanh" | "erf" | "gelu"): tf.KernelConfig {
  return wasmKernel(kernelName, ({ inputs: { x }, backend, stock }: WasmKernelCall<"x", object>) => {
    if (x.dtype !== "float32") return stock();
    const y = backend.makeOutput(x.shape, "float32");
    const units = tf.util.sizeFromShape(x.shape);
    const args: [number, number] = [addressOf(backend, x), addressOf(backend, y)];
    threadPool(backend).run(kernel, args, { units, each: NS_PER_POWER, step: 4 });
    return y;
  });
}
