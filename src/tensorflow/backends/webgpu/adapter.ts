import { BackendUnavailableError, notInstalled } from "../backend.js";
import { optionalModule } from "../workspace-module.js";

/** As much of WebGPU's types as is asked here. */
interface Gpu {
  requestAdapter(options: { readonly powerPreference: "high-performance" }): Promise<Adapter | null>;
}
interface Adapter {
  readonly info: Readonly<Record<"vendor" | "architecture" | "device" | "description", string>> & {
    readonly isFallbackAdapter?: boolean;
  };
}
interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: object;
}

/** The adapter that webgpu trains on. */
export interface FoundAdapter {
  readonly device: string;
  /** Software on the processor. */
  readonly software: boolean;
}

/** A part of the name of the adapter to take. */
const NAMED = "TUNELENS_WEBGPU_ADAPTER";

/** From now on, webgpu takes this adapter in this process and those that it starts. */
export function keepToAdapter(name: string): void {
  process.env[NAMED] = name;
}

/**
 * Loads Dawn and makes its `navigator.gpu`, which TensorFlow.js asks for.
 * @throws BackendUnavailableError saying why there is no adapter.
 */
export async function findAdapter(): Promise<FoundAdapter> {
  const { create, globals } = loadDawn();
  Object.assign(globalThis, globals);
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: {}, writable: true, configurable: true });
  }
  const chosen = process.env[NAMED];
  // Dawn fails where it goes away before its devices: there is one for the life of the process.
  gpu ??= create(chosen ? [`adapter=${chosen}`] : []);
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter) {
    const software = isSoftware(allOf(adapter.info).join(" ")) || adapter.info.isFallbackAdapter === true;
    return { device: software ? `CPU (${describe(adapter)}, a software adapter)` : describe(adapter), software };
  }
  const reason = "there is no graphics adapter. Install a graphics driver with Vulkan, Metal, or Direct3D 12.";
  throw new BackendUnavailableError("webgpu", reason);
}

/** Dawn keeps a process alive that holds it. */
export function releaseDawn(): void {
  gpu = undefined;
  if (globalThis.navigator !== undefined) Reflect.deleteProperty(globalThis.navigator, "gpu");
}

let gpu: Gpu | undefined;

/**
 * The names by which Dawn lets its hardware adapters be chosen, of the graphics interface that the first has. Of several with one name, Dawn
 * takes the first. If one is chosen already, there is no other.
 * @param device the one that it takes by itself, which comes first.
 */
export async function adapterNames(device: string): Promise<string[]> {
  const chosen = process.env[NAMED];
  if (chosen) return [chosen];
  // Dawn lists its adapters only where it does not find the one that was asked for.
  const listed = await loadDawn()
    .create(["adapter=none of them"])
    .requestAdapter({ powerPreference: "high-performance" })
    .then(() => "", String);
  const adapters = [...listed.matchAll(/^ \* backend: '([^']*)', name: '(.*)'$/gm)]
    .map(([, api, name]) => ({ api, name: name! }))
    .filter(({ name }) => !isSoftware(name));
  const names = new Set(adapters.filter(({ api }) => api === adapters[0]!.api).map(({ name }) => name));
  const isTaken = (name: string) => Number(withoutDash(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")) === device);
  return [...names].sort((a, b) => isTaken(b) - isTaken(a));
}

function loadDawn(): Dawn {
  let dawn: Record<string, unknown> | undefined;
  try {
    dawn = optionalModule("webgpu");
  } catch (error) {
    const [why] = (error as Error).message.split("\n");
    throw new BackendUnavailableError("webgpu", `Dawn does not load: ${why}`, { cause: error });
  }
  if (dawn === undefined) throw notInstalled("webgpu");
  return dawn as unknown as Dawn;
}

function isSoftware(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|basic render/i.test(name);
}

function describe({ info }: Adapter): string {
  return info.device && info.device !== info.vendor && /[a-z]/i.test(info.device)
    ? withoutDash(info.device)
    : [...new Set(allOf(info).filter((part) => part && !part.startsWith("0x")))].join(" ") || "GPU";
}

/** Dawn makes an identifier of a name, with a dash for each of its other characters. */
function withoutDash(identifier: string): string {
  return identifier.replace(/-+$/, "");
}

function allOf({ vendor, architecture, device, description }: Adapter["info"]): string[] {
  return [vendor, architecture, device, description];
}
