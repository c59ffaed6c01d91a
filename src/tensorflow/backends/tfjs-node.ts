import { totalmem } from "node:os";
import util from "node:util";
import * as tf from "@tensorflow/tfjs";
import { type Backend, BackendUnavailableError, notInstalled } from "./backend.js";
import { keepToGpu, nvidiaGpus } from "./nvidia-gpus.js";
import { registerTensorFlowKernels } from "./tfjs-node/register.js";
import { workspaceModule } from "./workspace-module.js";

type Name = "tfjs-node" | "tfjs-node-gpu";

/** What TensorFlow.js calls both. */
const REGISTERED_AS = "tensorflow";

/** TensorFlow's C library on the processor, where the workspace has @tensorflow/tfjs-node. */
export const tfjsNode: Backend = {
  name: "tfjs-node",
  registeredAs: REGISTERED_AS,
  async start({ workspace }) {
    const version = await load("tfjs-node", workspace);
    return { backend: "tfjs-node", device: "CPU (TensorFlow)", version, memory: totalmem() };
  },
};

/** TensorFlow's C library on an NVIDIA GPU, where the workspace has @tensorflow/tfjs-node-gpu. */
export const tfjsNodeGpu: Backend = {
  name: "tfjs-node-gpu",
  registeredAs: REGISTERED_AS,
  async start({ workspace }) {
    const [gpu, ...others] = await nvidiaGpus();
    // TensorFlow would take a part of each one's memory, and train on the first.
    if (gpu && others.length > 0) keepToGpu(gpu.id);
    const version = await load("tfjs-node-gpu", workspace);
    if (!usesGpu()) {
      const reason =
        "TensorFlow found no CUDA device and would run on the CPU. It needs an NVIDIA driver (check that nvidia-smi lists the GPU) " +
        "and the CUDA and cuDNN versions that the package was built for: 11.2 and 8.1 for version 4.22.";
      putAside();
      throw new BackendUnavailableError("tfjs-node-gpu", reason);
    }
    const { name = "NVIDIA GPU", memory } = gpu ?? {};
    return { backend: "tfjs-node-gpu", version, device: `${name} (CUDA)`, ...(memory === undefined ? {} : { memory }) };
  },
};

/** @returns the version of the package. */
async function load(name: Name, workspace: string): Promise<string> {
  if (process.versions.electron) {
    const reason =
      "VS Code's own runtime does not let native code share memory with JavaScript, which tfjs-node requires. " +
      "Install Node.js 22.15 or newer, or set its path in tunelens.nodePath.";
    throw new BackendUnavailableError(name, reason);
  }
  restoreUtilities();
  // Else TensorFlow takes all of a GPU's memory at once, and a second process, or the screen, has none.
  process.env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true";
  // Warnings and errors; TensorFlow greets with several lines otherwise.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "1";
  const before = registered;
  if (before !== name) putAside();
  let addon: Record<string, unknown>;
  try {
    addon = requireAddon(name, workspace);
  } catch (error) {
    if (before) takeBack(before);
    throw error;
  }
  takeBack(name);
  packages.set(name, addon);
  if (tf.findBackendFactory(REGISTERED_AS) === null) {
    registered = undefined;
    throw new BackendUnavailableError(name, `@tensorflow/${name} loaded but registered no backend.`);
  }
  registerTensorFlowKernels();
  await tf.setBackend(REGISTERED_AS);
  const versions = (addon["version"] ?? {}) as Record<string, string | undefined>;
  return versions["tfjs-node"] ?? "unknown";
}

function requireAddon(name: Name, workspace: string): Record<string, unknown> {
  const packageName = `@tensorflow/${name}`;
  let addon: Record<string, unknown> | undefined;
  try {
    addon = workspaceModule(packageName, workspace);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    const lost = /libtensorflow_(cc|framework)\.so\.2: cannot open/.test(why!);
    const command = lost ? undefined : `npm rebuild ${packageName}`;
    const todo = lost
      ? "The TensorFlow for Python that it was built for is gone. Build it again: tunelens install tfjs-node" +
        (name === "tfjs-node-gpu" ? " --gpu" : "")
      : `Its native code may be missing. Run: ${command}`;
    const reason = `${packageName} does not load: ${why!.trim()} ${todo}`;
    throw new BackendUnavailableError(name, reason, { cause: error, command });
  }
  if (addon) return addon;
  throw notInstalled(name);
}

/** Both packages register the same backend and kernels; the second would find the place taken. */
const aside = new Map<Name, { readonly start: () => tf.KernelBackend; readonly kernels: tf.KernelConfig[] }>();
let registered: Name | undefined;

const packages = new Map<Name, Readonly<Record<string, unknown>>>();

/** What the package exports that trains now, or the one that was loaded last; undefined: none was loaded. */
export function loadedTfjsNode(): Readonly<Record<string, unknown>> | undefined {
  return registered === undefined ? [...packages.values()].at(-1) : packages.get(registered);
}

function putAside(): void {
  if (registered === undefined) return;
  const kernels = tf.getKernelsForBackend(REGISTERED_AS);
  aside.set(registered, { start: tf.findBackendFactory(REGISTERED_AS) as () => tf.KernelBackend, kernels });
  for (const { kernelName } of kernels) tf.unregisterKernel(kernelName, REGISTERED_AS);
  tf.removeBackend(REGISTERED_AS);
  registered = undefined;
}

/** A package that is loaded already does not register itself again. */
function takeBack(name: Name): void {
  const earlier = aside.get(name);
  if (earlier) {
    tf.registerBackend(REGISTERED_AS, earlier.start);
    earlier.kernels.forEach(tf.registerKernel);
    aside.delete(name);
  }
  registered = name;
}

/** Node 23 took away what tfjs-node calls. */
function restoreUtilities(): void {
  const utilities = util as unknown as Record<string, unknown>;
  utilities["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  utilities["isArray"] ??= (value: unknown) => Array.isArray(value);
}

function usesGpu(): boolean {
  const backend = tf.findBackend(REGISTERED_AS) as { isUsingGpuDevice?: boolean } | null;
  return backend?.isUsingGpuDevice === true;
}
