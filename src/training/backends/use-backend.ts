import * as tf from "@tensorflow/tfjs";
import {
  type Backend,
  type BackendContext,
  type BackendDescription,
  type BackendName,
  BackendUnavailableError,
} from "./backend.js";
import { fuseTraining } from "../fused/fused-kernels.js";
import { cpu, silenceBanner } from "./cpu.js";
import { tensorflow } from "./tensorflow.js";
import { expectedLosses, trainingStepLosses } from "./training-step.js";
import { wasm } from "./wasm.js";
import { webgpu } from "./webgpu.js";

const backends: Readonly<Record<BackendName, Backend>> = { wasm, cpu, webgpu, tensorflow };

/** What `auto` tries, in turn. `cpu` is left out: nobody trains on it who has not asked for it. */
const automatic: readonly BackendName[] = ["tensorflow", "webgpu", "wasm"];

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
 * @param name `auto` takes the first of tensorflow, webgpu and wasm that works.
 * @param options `workspace`: folder whose packages count as installed. Default: the working directory.
 * @throws BackendUnavailableError saying why the backend cannot be used and what to do about it.
 */
export async function useBackend(
  name: BackendName | "auto" = "auto",
  options: Partial<BackendContext> = {},
): Promise<BackendDescription> {
  const context = { workspace: options.workspace ?? process.cwd() };
  if (name !== "auto") return startChecked(backends[name], context);
  for (const candidate of automatic.slice(0, -1)) {
    const probe = await probeBackend(candidate, context);
    if (probe.usable) return probe.description;
  }
  return startChecked(backends[automatic.at(-1)!], context);
}

/** Tries a backend; where it is usable, it is the active one afterwards. */
export async function probeBackend(name: BackendName, options: Partial<BackendContext> = {}): Promise<Probe> {
  try {
    const description = await startChecked(backends[name], { workspace: options.workspace ?? process.cwd() });
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
  const description = await started(backend, context);
  if (tf.getBackend() !== backend.name) {
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
