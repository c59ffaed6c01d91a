import * as tf from "@tensorflow/tfjs";
import { type Backend, notInstalled } from "./backend.js";
import { deviceFailed, type DeviceFailureCode } from "./device-failure.js";
import { findAdapter, releaseDawn } from "./webgpu/adapter.js";
import { registerWebGpuKernels } from "./webgpu/register.js";
import { optionalModule } from "./workspace-module.js";

/** As much of WebGPU's types as is asked here. */
interface Device {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  /** For errors that no operation throws: what depends on its result goes on, with whatever the memory holds. */
  addEventListener(type: "uncapturederror", listener: (event: { readonly error: GpuError }) => void): void;
}
interface GpuError {
  readonly message: string;
}

/**
 * Any vendor's GPU through Dawn, the package `webgpu`. Where there are several adapters, the environment variable TUNELENS_WEBGPU_ADAPTER
 * names the one to take (a part of its name).
 */
export const webgpu: Backend = {
  name: "webgpu",
  registeredAs: "webgpu",
  async start() {
    try {
      const { device, software } = await findAdapter();
      if (optionalModule("@tensorflow/tfjs-backend-webgpu") === undefined) throw notInstalled("webgpu");
      registerWebGpuKernels();
      if (failed) forgetDevice();
      await tf.setBackend("webgpu");
      if (tf.getBackend() === "webgpu") watchDevice();
      const { version } = optionalModule("webgpu/package.json") ?? {};
      return { backend: "webgpu", device, version: String(version), ...(software ? { software } : {}) };
    } catch (error) {
      if (watched === undefined) releaseDawn();
      throw error;
    }
  },
};

/** The device is gone, or the backend may use memory again that it was not given. */
let failed = false;

function watchDevice(): void {
  const { device } = tf.backend() as unknown as { readonly device: Device };
  if (watched === device) return;
  watched = device;
  const failedWith = (code: DeviceFailureCode, why: string) => {
    if (watched !== device) return;
    failed = true;
    deviceFailed(code, why);
  };
  void device.lost.then(({ reason, message }) => failedWith("device-lost", message || reason));
  device.addEventListener("uncapturederror", ({ error }) =>
    failedWith(isOutOfMemory(error) ? "out-of-memory" : "device-error", firstLine(error)),
  );
}

/** Also of a tensor that is larger than the device lets any be, which is said in another way. */
function isOutOfMemory(error: GpuError): boolean {
  return error.constructor.name === "GPUOutOfMemoryError" || /exceeds the max.* limit/i.test(error.message);
}

function firstLine({ message }: { readonly message: string }): string {
  return message.trim().split("\n")[0]!;
}

let watched: Device | undefined;

/** The next start makes a device anew. */
function forgetDevice(): void {
  const start = tf.findBackendFactory("webgpu");
  tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", start);
  failed = false;
}
