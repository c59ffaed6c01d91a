import * as tf from "@tensorflow/tfjs";

/** What a kernel is called with, whatever it is. */
export interface AnyCall {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: unknown;
}

type Result = tf.TensorInfo | tf.TensorInfo[];

/** Stands before a kernel. @param next runs the kernel, with other attributes where given. */
export type Guard = (call: AnyCall, next: (attrs?: Readonly<Record<string, unknown>>) => Result) => Result;

const guarded = new WeakMap<tf.KernelConfig, readonly object[]>();

/** Puts guards before the kernels of a backend that have one. Running it again does nothing. */
export function guardKernels(backendName: string, guards: Readonly<Record<string, Guard>>): void {
  for (const [kernelName, guard] of Object.entries(guards)) {
    const kernel: tf.KernelConfig | undefined = tf.getKernel(kernelName, backendName);
    if (kernel === undefined || guarded.get(kernel)?.includes(guards)) continue;
    const config: tf.KernelConfig = {
      ...kernel,
      kernelFunc: (params) => {
        const call = params as unknown as AnyCall;
        return guard(call, (attrs) =>
          kernel.kernelFunc(attrs ? { ...params, attrs: attrs as tf.NamedAttrMap } : params),
        );
      },
    };
    guarded.set(config, [...(guarded.get(kernel) ?? []), guards]);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel(config);
  }
}
