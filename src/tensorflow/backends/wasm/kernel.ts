import "@tensorflow/tfjs-backend-wasm"; // The stock kernels must be there before ours ask for them.
import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { kernelConfig, type KernelCall } from "../kernel-call.js";

/** What a kernel is called with. `I` names its inputs, `A` its attributes. */
export interface WasmKernelCall<I extends string, A> extends KernelCall<I, A, BackendWasm> {
  /** What the stock kernel of that name makes of the same inputs and attributes, but for those given, for what ours does not do. */
  readonly stock: (changed?: Partial<A>) => tf.TensorInfo;
}

/** A kernel for the wasm backend that runs on tensors in wasm's heap. The stock kernel of that name, where there is one, is set up too. */
export function wasmKernel<I extends string, A>(
  kernelName: string,
  run: (call: WasmKernelCall<I, A>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  const stock: tf.KernelConfig | undefined = tf.getKernel(kernelName, "wasm");
  const config = kernelConfig<I, A, BackendWasm>(kernelName, "wasm", (call) =>
    run({
      ...call,
      stock: (changed) => stock.kernelFunc({ ...call, attrs: { ...call.attrs, ...changed } }) as tf.TensorInfo,
    }),
  );
  return { ...config, setupFunc: stock?.setupFunc };
}

/** Runs another kernel of the wasm backend; nothing is recorded for gradients and nobody else frees the result. */
export function runKernel(
  backend: BackendWasm,
  kernelName: string,
  inputs: Record<string, tf.TensorInfo>,
  attrs: Record<string, unknown>,
): tf.TensorInfo {
  const kernel = tf.getKernel(kernelName, "wasm");
  const result = kernel.kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend });
  return Array.isArray(result) ? result[0]! : result;
}

/** The same data under another shape; both are freed on their own. */
export function reshaped(backend: BackendWasm, x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
}

/**
 * A float tensor's elements in wasm's heap. Take the view after every allocation: the heap can grow, and a view taken
 * before is then empty.
 */
export function floatsOf(backend: BackendWasm, x: tf.TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(x) as Float32Array;
}

export function free(backend: BackendWasm, ...tensors: readonly tf.TensorInfo[]): void {
  for (const tensor of tensors) backend.disposeData(tensor.dataId);
}
