import * as tf from "@tensorflow/tfjs";
import { type Backend, BackendUnavailableError, notInstalled } from "./backend.js";
import { deviceFailed, type DeviceFailureCode } from "./device-failure.js";
import { registerWebGpuKernels } from "./webgpu/register.js";
import { optionalModule } from "./workspace-module.js";

/** As much of WebGPU's types as is asked here. */
interface Gpu {
  requestAdapter(options: { readonly powerPreference: "high-performance" }): Promise<Adapter | null>;
}
interface Adapter {
  readonly info: Readonly<Record<"vendor" | "architecture" | "device" | "description", string>> & {
    readonly isFallbackAdapter?: boolean;
  };
}
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
      const adapter = await findAdapter();
      const software = isSoftware(adapter);
      if (optionalModule("@tensorflow/tfjs-backend-webgpu") === undefined) throw notInstalled("webgpu");
      registerWebGpuKernels();
      if (failed) forgetDevice();
      await tf.setBackend("webgpu");
      if (tf.getBackend() === "webgpu") watchDevice();
      const device = software ? `CPU (${describe(adapter)}, a software adapter)` : describe(adapter);
      const { version } = optionalModule("webgpu/package.json") ?? {};
      return { backend: "webgpu", device, version: String(version), ...(software ? { software } : {}) };
    } catch (error) {
      // Dawn keeps a process alive that holds it.
      if (watched === undefined) release();
      throw error;
    }
  },
};

async function findAdapter(): Promise<Adapter> {
  const { create, globals } = loadDawn();
  Object.assign(globalThis, globals);
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: {}, writable: true, configurable: true });
  }
  const chosen = process.env["TUNELENS_WEBGPU_ADAPTER"];
  // Dawn fails where it goes away before its devices: there is one for the life of the process.
  gpu ??= create(chosen ? [`adapter=${chosen}`] : []);
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter) return adapter;
  const reason = "there is no graphics adapter. Install a graphics driver with Vulkan, Metal, or Direct3D 12.";
  throw new BackendUnavailableError("webgpu", reason);
}

interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: object;
}

function loadDawn(): Dawn {
  let dawn: Record<string, unknown> | undefined;
  try {
    dawn = optionalModule("webgpu");
  } catch (error) {
    const why = firstLine(error as Error);
    throw new BackendUnavailableError("webgpu", `Dawn does not load: ${why}`, { cause: error });
  }
  if (dawn === undefined) throw notInstalled("webgpu");
  return dawn as unknown as Dawn;
}

function isSoftware({ info }: Adapter): boolean {
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(allOf(info).join(" "));
}

function describe({ info }: Adapter): string {
  return info.device && info.device !== info.vendor && /[a-z]/i.test(info.device)
    ? info.device.replace(/-+$/, "")
    : [...new Set(allOf(info).filter((part) => part && !part.startsWith("0x")))].join(" ") || "GPU";
}

function allOf({ vendor, architecture, device, description }: Adapter["info"]): string[] {
  return [vendor, architecture, device, description];
}

let gpu: Gpu | undefined;
/** The device is gone, or the backend may use memory again that it was not given. */
let failed = false;

function release(): void {
  gpu = undefined;
  if (globalThis.navigator !== undefined) Reflect.deleteProperty(globalThis.navigator, "gpu");
}

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
