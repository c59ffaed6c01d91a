import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "../engine/errors.js";
import { countFinished } from "../engine/trial/fail-reason.js";
import type { Study } from "../engine/study/study.js";
import type { RunRequest, StudyProcesses } from "../protocol/trainer.js";
import type { BackendDescription } from "../tensorflow/backends/backend.js";
import type { NvidiaGpu } from "../tensorflow/backends/nvidia-gpus.js";
import type { OpenDefinition } from "./open-definition.js";

/** What a training process with TensorFlow.js and a small data set takes, in bytes; a process that needs more asks for fewer. */
const MEMORY_PER_PROCESS = 768 * 2 ** 20;

/** With a GPU's libraries in it, and what its networks take of the card. Estimates: no GPU has confirmed them. */
const GPU_PROCESS_MEMORY = 3 * 2 ** 30;
const GPU_MEMORY_PER_PROCESS = 4 * 2 ** 30;

/** Of the memory that is free now, how much `auto` gives to training. */
const MEMORY_SHARE = 0.8;

/**
 * How the parent of this process works on the study: what was asked for, else what the file says, else what the settings say.
 * @throws InvalidArgumentError for several processes on a study that is kept in memory.
 */
export function planProcesses(
  request: RunRequest,
  { found: { definition }, backend, storage }: Pick<OpenDefinition, "found" | "backend" | "storage">,
  study: Study,
  trials: number | null,
  { gpus, adapters }: Accelerators,
): StudyProcesses {
  const asked = request.parallel ?? definition.parallel ?? request.defaultParallel ?? 1;
  const left = trials === null ? Infinity : Math.max(1, trials - countFinished(study.trials));
  const inMemory = storage.url === "memory";
  if (inMemory && asked !== "auto" && asked > 1)
    throw new InvalidArgumentError(
      `Study "${study.name}" is in memory, which ${asked} processes cannot share. ` +
        "Set a storage (sqlite:///…) or parallel: 1.",
    );
  const wanted = asked !== "auto" ? asked : inMemory ? 1 : autoParallel(backend, machine(), gpus, adapters.length);
  const parallel = Math.min(wanted, left);
  const timeout = request.timeout ?? definition.timeout ?? null;
  return {
    parallel,
    timeout,
    pauseAfter: definition.pauseAfter,
    gpus: parallel > 1 ? gpus.map(({ id }) => id) : [],
    adapters: parallel > 1 ? adapters : [],
    worked: study.getTrials(["COMPLETE", "PRUNED"]).length > 0,
  };
}

/** What the processes of a study train on beyond the cores. */
export interface Accelerators {
  readonly gpus: readonly NvidiaGpu[];
  /** The names of WebGPU's. */
  readonly adapters: readonly string[];
}

export const noAccelerators: Accelerators = { gpus: [], adapters: [] };

/** What there is to share. */
export interface Machine {
  readonly cores: number;
  /** Bytes that are free, or would be. */
  readonly memory: number;
}

function machine(): Machine {
  return { cores: availableParallelism(), memory: process.availableMemory() };
}

/**
 * As many processes as there are cores and memory for, that of the GPUs too. TensorFlow's library on the processor takes all cores by itself,
 * and what memory a webgpu adapter has is not known: with these, more than one, or one for each adapter, must be asked for by number.
 * @param backend null: none is used yet. Then GPUs are those that a program may train on.
 */
export function autoParallel(
  backend: BackendDescription | null,
  { cores, memory }: Machine,
  gpus: readonly Pick<NvidiaGpu, "memory">[] = [],
  adapters = 1,
): number {
  switch (backend?.backend) {
    case "tfjs-node":
      return 1;
    case "webgpu":
      return Math.max(1, Math.min(cores, fitting(memory, GPU_PROCESS_MEMORY), adapters));
    case "tfjs-node-gpu":
      return onGpus(gpus.length > 0 ? gpus : [backend]);
    default:
      return gpus.length > 0 ? onGpus(gpus) : Math.max(1, Math.min(cores, fitting(memory, MEMORY_PER_PROCESS)));
  }

  function onGpus(cards: readonly Pick<NvidiaGpu, "memory">[]): number {
    const fit = cards.map((gpu) => Math.max(1, fitting(gpu.memory ?? 0, GPU_MEMORY_PER_PROCESS)));
    const onAll = fit.reduce((sum, each) => sum + each, 0);
    return Math.max(1, Math.min(cores, fitting(memory, GPU_PROCESS_MEMORY), onAll));
  }
}

function fitting(bytes: number, each: number): number {
  return Math.floor((bytes * MEMORY_SHARE) / each);
}
