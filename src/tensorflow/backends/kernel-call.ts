import type * as tf from "@tensorflow/tfjs";

/** What a kernel of ours is called with. `I` names its inputs, `A` its attributes, `B` is as much of the backend as it uses. */
export interface KernelCall<I extends string, A, B> {
  readonly inputs: Readonly<Record<I, tf.TensorInfo>>;
  readonly attrs: A;
  readonly backend: B;
}

/** A kernel, for `tf.registerKernel`, whose calls have the types that its author gives them. */
export function kernelConfig<I extends string, A, B>(
  kernelName: string,
  backendName: string,
  run: (call: KernelCall<I, A, B>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return { kernelName, backendName, kernelFunc: (call) => run(call as unknown as KernelCall<I, A, B>) };
}
