import type * as tf from "@tensorflow/tfjs";
import type { WebGpuBackend } from "./program.js";

/** What a kernel is called with. `I` names its inputs, `A` its attributes. */
export interface KernelCall<I extends string, A> {
  readonly inputs: Readonly<Record<I, tf.TensorInfo>>;
  readonly attrs: A;
  readonly backend: WebGpuBackend;
}

/** A kernel for the webgpu backend. */
export function webGpuKernel<I extends string, A>(
  kernelName: string,
  run: (call: KernelCall<I, A>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return {
    kernelName,
    backendName: "webgpu",
    kernelFunc: ({ inputs, attrs, backend }) =>
      run({
        inputs: inputs as KernelCall<I, A>["inputs"],
        attrs: attrs as A,
        backend: backend as unknown as WebGpuBackend,
      }),
  };
}
