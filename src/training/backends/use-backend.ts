import * as tf from "@tensorflow/tfjs";
import {
  type Backend,
  type BackendContext,
  type BackendDescription,
  type BackendName,
  backendNames,
  BackendUnavailableError,
} from "./backend.js";
import { fuseTraining } from "../fused/fused-kernels.js";
import { cpu, silenceBanner } from "./cpu.js";
import { deviceIsThere } from "./lost-device.js";
import { tfjsNode, tfjsNodeGpu } from "./tfjs-node.js";
import { expectedLosses, trainingStepLosses } from "./training-step.js";
import { wasm } from "./wasm.js";
import { webgpu } from "./webgpu.js";

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

/** Whether a backend can train here: its description, or the reason it cannot and what to do about it. */
export type Probe =
  | { readonly name: BackendName; readonly usable: true; readonly description: BackendDescription }
  | { readonly name: BackendName; readonly usable: false; readonly reason: string };

/**
 * Makes TensorFlow.js train on a backend, and proves it with a real training step whose loss is checked: "it loaded" proves
 * nothing, and TensorFlow.js falls back to `cpu` in silence.
 *
 * Call it before the first tensor is made.
 *
 * @param name `auto` takes the first that works of tfjs-node-gpu with a CUDA device, webgpu with a hardware adapter, tfjs-node, wasm.
 * @param options `workspace`: folder whose packages count as installed. Default: the working directory.
 * @throws BackendUnavailableError saying why the backend cannot be used and what to do about it.
 */
export async function useBackend(
  name: BackendName | "auto" = "auto",
  options: Partial<Pick<BackendContext, "workspace">> = {},
): Promise<BackendDescription> {
  const context = { workspace: options.workspace ?? process.cwd() };
  if (name !== "auto") return startChecked(backends[name], context);
  for (const candidate of automatic) {
    const probe = await probeBackend(candidate, { ...context, automatic: true });
    if (probe.usable) return probe.description;
  }
  return startChecked(wasm, context);
}

/** Tries every backend there is, best first. What is active afterwards is not for training: do it in a process of its own. */
export async function probeBackends(context: BackendContext): Promise<readonly Probe[]> {
  const probes: Probe[] = [];
  for (const name of backendNames) probes.push(await probeBackend(name, context));
  return probes;
}

/** Tries a backend; where it is usable, it is the active one afterwards. */
async function probeBackend(name: BackendName, context: BackendContext): Promise<Probe> {
  try {
    const description = await startChecked(backends[name], context);
    return { name, usable: true, description };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    return { name, usable: false, reason: error.reason };
  }
}

/** Starts a backend and checks that it is the active one and computes a training step as it should. */
export async function startChecked(backend: Backend, context: BackendContext): Promise<BackendDescription> {
  silenceBanner();
  fuseTraining();
  deviceIsThere();
  const description = await started(backend, context);
  if (tf.getBackend() !== backend.registeredAs) {
    throw new BackendUnavailableError(backend.name, `TensorFlow.js fell back to "${tf.getBackend()}" without a word.`);
  }
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
  } catch (error) {
    throw new BackendUnavailableError(name, `a training step failed: ${String(error)}`, { cause: error });
  }
  const off = losses.some((loss, i) => !(Math.abs(loss - expectedLosses[i]!) <= 1e-3 * expectedLosses[i]!));
  if (off) {
    const reason = `a training step gave losses ${losses.join(", ")} where ${expectedLosses.join(", ")} are right.`;
    throw new BackendUnavailableError(name, reason);
  }
}
