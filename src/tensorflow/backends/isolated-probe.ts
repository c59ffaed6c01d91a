import { type BackendName, backendNames } from "../../engine/training-backend.js";
import { type BackendContext, BackendUnavailableError, canBuild, notInstalled, type Probe } from "./backend.js";
import { runIsolated } from "./isolated-process.js";
import { vulkansReason } from "./webgpu/adapters.js";
import { isInstalled } from "./workspace-module.js";

/** A first start may compile kernels for the card. */
const TIMEOUT_MS = 60_000;

export interface ProbeOptions extends BackendContext {
  /** How long a backend may take to start and to train a step, in milliseconds. Default: a minute. */
  readonly timeout?: number;
}

/** What has a native part, and what to do where that ends the process. */
const afterCrash: Readonly<Partial<Record<BackendName, string>>> = {
  "tfjs-node-gpu":
    "The NVIDIA driver, CUDA, and cuDNN must match the versions that the package was built for: 11.2 and 8.1 for version 4.22.",
  webgpu: "Update the graphics driver, or set TUNELENS_WEBGPU_ADAPTER to the name of another adapter.",
  "tfjs-node": "Its native code may not match this CPU or operating system. Run: npm rebuild @tensorflow/tfjs-node",
};

/** Tries every backend, best first. */
export function probeBackends(options: ProbeOptions): Promise<readonly Probe[]> {
  return Promise.all(
    backendNames.map(async (name) => {
      const probe = await probeIsolated(name, options);
      return probe.usable || !canBuild(name) ? probe : { ...probe, canBuild: true };
    }),
  );
}

/**
 * Tries a backend in a process of its own: native code that crashes or hangs does so there, two of them in one process would disturb
 * each other, and the memory of a GPU is given back.
 */
export async function probeIsolated(name: BackendName, options: ProbeOptions): Promise<Probe> {
  if (isInstalled(name, options.workspace)) return probeInProcess(name, options);
  const { reason, command } = notInstalled(name);
  return { name, usable: false, reason, command };
}

/**
 * Tries a backend that has a native part as {@link probeIsolated} does; the others can do no harm.
 * @throws BackendUnavailableError with the reason and what to do about it.
 */
export async function checkIsolated(name: BackendName, options: ProbeOptions): Promise<void> {
  if (!(name in afterCrash)) return;
  const probe = await probeIsolated(name, options);
  if (!probe.usable) throw new BackendUnavailableError(name, probe.reason, probe);
}

async function probeInProcess(name: BackendName, { workspace, timeout = TIMEOUT_MS }: ProbeOptions): Promise<Probe> {
  const program = new URL("./probe-process.js", import.meta.url);
  const result = await runIsolated<Probe>(program, [name, workspace], { cwd: workspace, timeout });
  if ("answer" in result) return withVulkansReason(result.answer, result.stderr);
  const { problem, kind } = result;
  const why = kind === "timeout" ? `it did not complete a training step within ${timeout / 1000} s.` : problem;
  const todo = kind === "not-started" ? "" : (afterCrash[name] ?? "");
  return { name, usable: false, reason: `${why} ${todo}`.trim() };
}

/** Why there is no adapter, Dawn says on stderr alone. */
function withVulkansReason(probe: Probe, stderr: string): Probe {
  if (probe.usable || probe.name !== "webgpu") return probe;
  return { ...probe, reason: vulkansReason(stderr) ?? probe.reason };
}
