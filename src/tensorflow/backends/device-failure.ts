import { TunelensError } from "../../engine/errors.js";

/** What Node has, whose types know WebAssembly only in a browser. */
declare const WebAssembly: { readonly RuntimeError: ErrorConstructor };

/** Of a failure after which a device computes nothing any more, or with numbers that are not to be trusted. */
export type DeviceFailureCode = "device-lost" | "out-of-memory" | "device-error" | "backend-broken";

class DeviceError extends TunelensError {
  override readonly name = "DeviceError";
  constructor(code: DeviceFailureCode, why: string, options?: ErrorOptions) {
    super(code, sentences[code](why.replace(/\.$/, "")), options);
  }
}

const sentences: Readonly<Record<DeviceFailureCode, (why: string) => string>> = {
  "device-lost": (why) => `The GPU was lost during training: ${why}.`,
  "out-of-memory": (why) =>
    `Tensor memory ran out: ${why}. Use smaller batches, fewer images, or a smaller network, free tensors with tf.tidy(), or train fewer trials at once.`,
  "backend-broken": (why) =>
    `The wasm backend crashed mid-operation, so its memory can no longer be trusted: ${why}. Try another training backend.`,
  "device-error": (why) => `The GPU failed, so its results since then are wrong: ${why}.`,
};

let failure: { readonly code: DeviceFailureCode; readonly why: string } | undefined;

/** Called by a backend, whose operations go on without a word after it. What failed first is what is told. */
export function deviceFailed(code: DeviceFailureCode, why: string): void {
  failure ??= { code, why };
}

let started: string | undefined;

/** Called when a backend starts. */
export function deviceIsThere(backend: string): void {
  failure = undefined;
  started = backend;
}

/** @throws TunelensError where the device has failed since its backend was started: values that were read from it are wrong. */
export function throwIfDeviceFailed(): void {
  if (failure) throw new DeviceError(failure.code, failure.why);
}

/** What to throw for an error that happened in training: that the device failed, where it did, is why. */
export function causeOf(error: unknown): unknown {
  if (error instanceof DeviceError) return error;
  // With another backend, it is a module of the user's own that broke off.
  if (started === "wasm" && error instanceof WebAssembly.RuntimeError) deviceFailed("backend-broken", error.message);
  if (failure) return new DeviceError(failure.code, failure.why, { cause: error });
  const exhausted = error instanceof Error && TENSORFLOW_MEMORY.exec(error.message);
  return exhausted ? new DeviceError("out-of-memory", exhausted[1]!, { cause: error }) : error;
}

/** TensorFlow's RESOURCE_EXHAUSTED, as tfjs-node gives it. */
const TENSORFLOW_MEMORY = /TF_Status: 8\s+Message: ([^\n]+)/;
