import * as tf from "@tensorflow/tfjs";
import { type Backend, BackendUnavailableError, notInstalled } from "./backend.js";
import { deviceFailed, type DeviceFailureCode } from "./device-failure.js";
import { registerWebGpuKernels } from "./webgpu/register.js";
import { workspaceModule } from "./workspace-module.js";

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
 * Any vendor's GPU through Dawn, where the workspace has the packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`. Where there are
 * several adapters, the environment variable TUNELENS_WEBGPU_ADAPTER names the one to take (a part of its name).
 */
export const webgpu: Backend = {
  name: "webgpu",
  registeredAs: "webgpu",
  async start({ workspace }) {
    try {
      const adapter = await findAdapter(workspace);
      const software = isSoftware(adapter);
      if (workspaceModule("@tensorflow/tfjs-backend-webgpu", workspace) === undefined) throw notInstalled("webgpu");
      registerWebGpuKernels();
      if (failed) forgetDevice();
      await tf.setBackend("webgpu");
      if (tf.getBackend() === "webgpu") watchDevice();
      const device = software ? `CPU (${describe(adapter)}, a software adapter)` : describe(adapter);
      const { version } = workspaceModule("webgpu/package.json", workspace) ?? {};
      return { backend: "webgpu", device, version: String(version), ...(software ? { software } : {}) };
    } catch (error) {
      // Dawn keeps a process alive that holds it.
      if (watched === undefined) release();
      throw error;
    }
  },
};

async function findAdapter(workspace: string): Promise<Adapter> {
  const dawn = workspaceModule("webgpu", workspace);
  if (dawn === undefined) throw notInstalled("webgpu");
  const { create, globals } = dawn as { create?: (options: string[]) => Gpu; globals?: object };
  if (typeof create !== "function") {
    const command = "npm install webgpu@latest";
    throw new BackendUnavailableError("webgpu", `the package "webgpu" has no create(). Run: ${command}`, { command });
  }
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

function firstLine({ message }: GpuError): string {
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
