import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "../engine/errors.js";
import { countFinished } from "../engine/fail-reason.js";
import type { Study } from "../engine/study.js";
import type { RunRequest, StudyProcesses } from "../protocol/trainer.js";
import type { BackendDescription } from "../training/backends/backend.js";
import type { OpenDefinition } from "./open-definition.js";

/** What a training process with TensorFlow.js and a small data set takes, in bytes; a process that needs more asks for fewer. */
const MEMORY_PER_PROCESS = 768 * 2 ** 20;

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
): StudyProcesses {
  const asked = request.parallel ?? definition.parallel ?? request.defaultParallel ?? 1;
  const left = trials === null ? Infinity : Math.max(1, trials - countFinished(study.trials));
  const inMemory = storage.url === "memory";
  if (inMemory && asked !== "auto" && asked > 1)
    throw new InvalidArgumentError(
      `Study "${study.name}" is kept in memory, which its process has to itself: ${asked} processes cannot share it. ` +
        "Give a storage (sqlite:///…), or parallel: 1.",
    );
  const parallel = asked !== "auto" ? asked : inMemory ? 1 : autoParallel(backend, machine());
  const timeout = request.timeout ?? definition.timeout ?? null;
  return { parallel: Math.min(parallel, left), timeout, pauseAfter: definition.pauseAfter };
}

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
 * As many processes as there are cores and memory for. TensorFlow's own library and a GPU are kept busy by one: sharing them is slower
 * for each, and their memory is not known here, so that more than one must be asked for by number.
 */
export function autoParallel(backend: BackendDescription | null, { cores, memory }: Machine): number {
  if (backend && backend.backend !== "wasm" && backend.backend !== "cpu") return 1;
  return Math.max(1, Math.min(cores, Math.floor((memory * MEMORY_SHARE) / MEMORY_PER_PROCESS)));
}
