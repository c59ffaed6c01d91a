import { runIsolated } from "../isolated-process.js";

const TIMEOUT_MS = 20_000;

/** The hardware adapter that webgpu would train on, and the names of all; or why there is none. */
export type AdapterAnswer =
  { readonly device: string; readonly names: readonly string[] } | { readonly reason: string };

/** Asks Dawn in a process of its own, which takes a tenth of a second. */
export async function findHardware(cwd: string): Promise<AdapterAnswer> {
  const program = new URL("./adapter-process.js", import.meta.url);
  const result = await runIsolated<AdapterAnswer>(program, [], { cwd, timeout: TIMEOUT_MS });
  if ("problem" in result) return { reason: result.problem };
  const { answer, stderr } = result;
  return "reason" in answer ? { reason: vulkansReason(stderr) ?? answer.reason } : answer;
}

/** The names of the hardware adapters; empty if there are none. */
export async function adaptersOf(cwd: string): Promise<readonly string[]> {
  const hardware = await findHardware(cwd);
  return "reason" in hardware ? [] : hardware.names;
}

/** Why there is no adapter, in words, of what Dawn wrote to stderr. */
export function vulkansReason(stderr: string): string | undefined {
  return vulkansReasons.find(([words]) => words.test(stderr))?.[1];
}

const vulkansReasons: readonly (readonly [words: RegExp, reason: string])[] = [
  [
    /Couldn't load Vulkan/,
    "the Vulkan loader, libvulkan.so.1, is missing. Install it (in Debian, Ubuntu: libvulkan1; in Fedora, Arch: vulkan-loader or " +
      "vulkan-icd-loader), and a graphics driver with Vulkan.",
  ],
  [
    /VK_ERROR_INCOMPATIBLE_DRIVER/,
    "Vulkan has no graphics driver here. Install that of the card; in a container, it also needs access to the card.",
  ],
];
