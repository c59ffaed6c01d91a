import type * as tf from "@tensorflow/tfjs";
import { kernelConfig, type KernelCall } from "../kernel-call.js";
import type { WebGpuBackend } from "./program.js";

/** What a kernel is called with. `I` names its inputs, `A` its attributes. */
export type WebGpuKernelCall<I extends string, A> = KernelCall<I, A, WebGpuBackend>;

/** A kernel for the webgpu backend. */
export function webGpuKernel<I extends string, A>(
  kernelName: string,
  run: (call: WebGpuKernelCall<I, A>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return kernelConfig(kernelName, "webgpu", run);
}

/** A stock kernel, made right. @param stock the kernels as they were, by name. */
export type Repair = (stock: (name: string) => tf.KernelConfig) => tf.KernelConfig;

/** What a stock kernel of one input makes of it. */
export function runStock(
  kernel: tf.KernelConfig,
  x: tf.TensorInfo,
  attrs: object,
  backend: WebGpuBackend,
): tf.TensorInfo {
  return kernel.kernelFunc({ inputs: { x }, attrs: { ...attrs }, backend }) as tf.TensorInfo;
}
