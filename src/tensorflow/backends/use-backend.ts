import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../../engine/errors.js";
import type { BackendList } from "../../protocol/trainer.js";
import type { BackendChoice, BackendName } from "../../engine/training-backend.js";
import {
  type Backend,
  type BackendContext,
  type BackendDescription,
  BackendUnavailableError,
  type Probe,
} from "./backend.js";
import { fuseTraining } from "../fused/fused-kernels.js";
import { explainRefusedLabels } from "../mistakes/explain-labels.js";
import { allowMixedCallbacks } from "../mixed-callbacks.js";
import { watchCompiling } from "../module-models.js";
import { seedShuffles } from "../seeded-shuffle.js";
import { nameMetricsOfOutputs } from "../several-outputs.js";
import { registerFileUrls } from "../tfjs-node/file-system.js";
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
const automatic: readonly BackendName[] = ["tfjs-node-gpu", "tfjs-node"];

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
  /** Called with the reason when `auto` skips an installed backend. */
  readonly onPassedBy?: (name: BackendName, reason: string) => void;
}

/**
 * Makes TensorFlow.js train on a backend, and verifies it with a real training step whose loss is checked: loading alone proves nothing,
 * and TensorFlow.js falls back to `cpu` silently.
 *
 * Call it before the first tensor is created.
 *
 * @param name `auto` uses the first that works of tfjs-node-gpu with a CUDA device, tfjs-node, and wasm. It tests each installed backend in a
 * separate process first, skips backends that crash, and detects a silent fallback to the CPU. webgpu must be named here: only a study that
 * doesn't call this function has training steps by which `auto` can choose it.
 * @param options `workspace`: the folder whose packages count as installed. Default: the working directory. `threads`: the number of threads
 * for wasm. Default: the number of CPU cores, at most 4, divided among the processes of a study.
 * @throws BackendUnavailableError saying why the backend is not available and what to do about it.
 * @throws InvalidArgumentError if `threads` is not an integer of at least 1.
 */
export async function useBackend(
  name: BackendChoice = "auto",
  { workspace = process.cwd(), threads, onPassedBy }: UseBackendOptions = {},
): Promise<BackendDescription> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new InvalidArgumentError(`threads must be an integer of at least 1, not ${threads}.`);
  const context = { workspace, ...(threads === undefined ? {} : { threads }) };
  if (name !== "auto") return startChecked(backends[name], context);
  for (const candidate of automatic) {
    if (!isInstalled(candidate, workspace)) continue;
    const probe = await probeIsolated(candidate, context);
    // What worked a moment ago may not now: another program may have taken the GPU's memory.
    const started = probe.usable ? await probeBackend(candidate, context) : probe;
    if (started.usable) return started.description;
    onPassedBy?.(candidate, started.reason);
  }
  return startChecked(wasm, context);
}

/** What `auto` takes, of all that were probed. */
export function automaticChoice(probes: readonly Probe[]): Pick<BackendList, "auto" | "autoIfFaster"> {
  const usable = probes.filter((probe) => probe.usable);
  const auto = automatic.find((name) => usable.some((probe) => probe.name === name)) ?? "wasm";
  const hardware = usable.some(({ name, description }) => name === "webgpu" && !description.software);
  return hardware && auto !== "tfjs-node-gpu" ? { auto, autoIfFaster: "webgpu" } : { auto };
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
  allowMixedCallbacks();
  explainRefusedLabels();
  registerFileUrls();
  nameMetricsOfOutputs();
  deviceIsThere(backend.name);
  const description = await started(backend, context);
  if (tf.getBackend() !== backend.registeredAs) {
    throw new BackendUnavailableError(backend.name, `TensorFlow.js silently fell back to "${tf.getBackend()}".`);
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
    const reason = `a training step gave the losses ${losses.join(", ")} instead of ${expectedLosses.join(", ")}.`;
    throw new BackendUnavailableError(name, reason);
  }
}
