import * as tf from "@tensorflow/tfjs";
import { type Backend, BackendUnavailableError } from "./backend.js";
import { workspaceModule } from "./workspace-module.js";

/** Any vendor's GPU through Dawn, where the workspace has the packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`. */
export const webgpu: Backend = {
  name: "webgpu",
  async start({ workspace }) {
    const dawn = await workspaceModule("webgpu", workspace);
    if (dawn === undefined) throw notInstalled("webgpu");
    const { create, globals } = dawn;
    if (typeof create !== "function")
      throw new BackendUnavailableError("webgpu", `the package "webgpu" has no create().`);
    Object.assign(globalThis, globals);
    if (globalThis.navigator === undefined)
      Object.defineProperty(globalThis, "navigator", { value: {}, writable: true });
    Object.defineProperty(globalThis.navigator, "gpu", { value: create([]), configurable: true });
    const backend = await workspaceModule("@tensorflow/tfjs-backend-webgpu", workspace);
    if (backend === undefined) throw notInstalled("@tensorflow/tfjs-backend-webgpu");
    await tf.setBackend("webgpu");
    return { backend: "webgpu", device: "GPU (WebGPU)", version: String(backend["version_webgpu"] ?? "unknown") };
  },
};

function notInstalled(name: string): BackendUnavailableError {
  return new BackendUnavailableError("webgpu", `${name} is not installed in the workspace. Run: npm install ${name}`);
}
