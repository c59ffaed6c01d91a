import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../../engine/errors.js";
import type { BackendChoice, BackendName } from "../../engine/training-backend.js";
import {
  type Backend,
  type BackendContext,
  type BackendDescription,
  BackendUnavailableError,
  type Probe,
} from "./backend.js";
import { fuseTraining } from "../fused/fused-kernels.js";
import { watchCompiling } from "../module-models.js";
import { seedShuffles } from "../seeded-shuffle.js";
import { cpu, silenceBanner } from "./cpu.js";
import { deviceIsThere, throwIfDeviceFailed } from "./device-failure.js";
import { refuseEmptyOutputs } from "./empty-outputs.js";
import { refuseBadArguments } from "./kernel-arguments.js";
import { probeIsolated } from "./isolated-probe.js";
import { tfjsNode, tfjsNodeGpu } from "./tfjs-node.js";
import { expectedLosses, trainingStepLosses } from "./training-step.js";
import { wasm } from "./wasm.js";
import { webgpu } from "./webgpu.js";
import { isInstalled } from "./workspace-module.js";

const backends: Readonly<Record<BackendName, Backend>> = {
  "tfjs-node-gpu": tfjsNodeGpu,
  webgpu,
  "tfjs-node": tfjsNode,
  wasm,
  cpu,
};

/** What `auto` tries, in turn, before it takes wasm. */
const automatic: readonly BackendName[] = ["tfjs-node-gpu", "webgpu", "tfjs-node"];

let active: BackendDescription | undefined;

/** What trains now; undefined before the first call of {@link useBackend}. */
export function activeBackend(): BackendDescription | undefined {
  return active;
}

/** Tells the active backend how many processes train at once. @returns what trains now */
export function shareCores(processes: number): BackendDescription | undefined {
  const device = active && backends[active.backend].shareCores?.(processes);
  if (active && device !== undefined) active = { ...active, device };
  return active;
}

export interface UseBackendOptions extends Partial<BackendContext> {
  /** Told why `auto` passes by a backend that is installed. */
  readonly onPassedBy?: (name: BackendName, reason: string) => void;
}

/**
 * Makes TensorFlow.js train on a backend, and proves it with a real training step whose loss is checked: "it loaded" proves
 * nothing, and TensorFlow.js falls back to `cpu` in silence.
 *
 * Call it before the first tensor is made.
 *
 * @param name `auto` takes the first that works of tfjs-node-gpu with a CUDA device, webgpu with a hardware adapter, tfjs-node, wasm. Each
 * that the workspace has installed is tried in a process of its own before, so that one that crashes is passed by too.
 * @param options `workspace`: folder whose packages count as installed. Default: the working directory. `threads`: those that wasm
 * computes on. Default: as many as there are cores, 4 at most, divided among the processes of a study.
 * @throws BackendUnavailableError saying why the backend cannot be used and what to do about it.
 * @throws InvalidArgumentError for `threads` that are no whole number of 1 or more.
 */
export async function useBackend(
  name: BackendChoice = "auto",
  { workspace = process.cwd(), threads, onPassedBy }: UseBackendOptions = {},
): Promise<BackendDescription> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new InvalidArgumentError(`threads is ${threads}: give a whole number of 1 or more, or leave it out.`);
  const context = { workspace, ...(threads === undefined ? {} : { threads }) };
  if (name !== "auto") return startChecked(backends[name], context);
  for (const candidate of automatic) {
    if (!isInstalled(candidate, workspace)) continue;
    const probe = await probeIsolated(candidate, context);
    // What worked a moment ago may not now: another program may have taken the GPU's memory.
    const started = mayBeTaken(probe) ? await probeBackend(candidate, context) : probe;
    if (started.usable && mayBeTaken(started)) return started.description;
    onPassedBy?.(candidate, reasonAgainst(started));
  }
  return startChecked(wasm, context);
}

/** What `auto` takes, of all that were probed. */
export function automaticChoice(probes: readonly Probe[]): BackendName {
  return automatic.find((name) => probes.some((probe) => probe.name === name && mayBeTaken(probe))) ?? "wasm";
}

function mayBeTaken(probe: Probe): boolean {
  return probe.usable && !probe.description.software;
}

function reasonAgainst(probe: Probe): string {
  if (!probe.usable) return probe.reason;
  return `its only adapter is ${probe.description.device}. A graphics driver with Vulkan, Metal or Direct3D 12 is needed.`;
}

/** Tries a backend; where it is usable, it is the active one afterwards. */
export async function probeBackend(name: BackendName, context: BackendContext): Promise<Probe> {
  try {
    const description = await startChecked(backends[name], context);
    return { name, usable: true, description };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    const { reason, command } = error;
    return { name, usable: false, reason, ...(command === undefined ? {} : { command }) };
  }
}

/** Starts a backend and checks that it is the active one and computes a training step as it should. */
export async function startChecked(backend: Backend, context: BackendContext): Promise<BackendDescription> {
  silenceBanner();
  fuseTraining();
  seedShuffles();
  watchCompiling();
  deviceIsThere(backend.name);
  const description = await started(backend, context);
  if (tf.getBackend() !== backend.registeredAs) {
    throw new BackendUnavailableError(backend.name, `TensorFlow.js fell back to "${tf.getBackend()}" without a word.`);
  }
  refuseEmptyOutputs(backend.registeredAs);
  refuseBadArguments(backend.registeredAs);
  await checkTrainingStep(backend.name);
  active = description;
  return description;
}

async function started(backend: Backend, context: BackendContext): Promise<BackendDescription> {
  try {
    return await backend.start(context);
  } catch (error) {
    if (error instanceof BackendUnavailableError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BackendUnavailableError(backend.name, reason, { cause: error });
  }
}

async function checkTrainingStep(name: BackendName): Promise<void> {
  let losses: [number, number];
  try {
    losses = await trainingStepLosses();
    throwIfDeviceFailed();
  } catch (error) {
    throw new BackendUnavailableError(name, `a training step failed: ${String(error)}`, { cause: error });
  }
  const off = losses.some((loss, i) => !(Math.abs(loss - expectedLosses[i]!) <= 1e-3 * expectedLosses[i]!));
  if (off) {
    const reason = `a training step gave losses ${losses.join(", ")} where ${expectedLosses.join(", ")} are right.`;
    throw new BackendUnavailableError(name, reason);
  }
}
