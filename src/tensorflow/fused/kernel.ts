import * as tf from "@tensorflow/tfjs";

/** Whether the active backend has a kernel of this name. */
export function activeBackendHas(kernelName: string): boolean {
  return tf.getKernel(kernelName, tf.getBackend()) !== undefined;
}

/**
 * Runs a kernel of the active backend that gives several tensors. Its inputs are watched for gradients where a gradient is
 * registered for it.
 */
export function runFused<Output extends readonly tf.Tensor[]>(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: object,
): Output {
  const outputs: unknown = tf.engine().runKernel(kernelName, inputs, { ...attrs });
  return outputs as Output;
}
