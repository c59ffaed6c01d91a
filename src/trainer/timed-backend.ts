import type { Storage } from "../engine/storage.js";
import { type BackendDescription, BackendUnavailableError } from "../tensorflow/backends/backend.js";
import { type BackendRequest, type ChosenBackend, startBackend } from "./backend-choice.js";
import type { CallContext } from "./call-context.js";
import { errorMessage } from "./error-location.js";
import { fastest, readTiming, type Timing } from "./step-times.js";

export interface TimedBackend {
  readonly backend: BackendDescription | null;
  /** Whether what its steps take on this machine is known, by which `auto` chose. */
  readonly isTimed: boolean;
}

/**
 * What trains, by what the study's steps took on this machine if they have been timed.
 * @param file whose code must be that of then; undefined: it may have changed.
 */
export async function timedBackend(
  { backend: rival, isAutomatic }: ChosenBackend,
  { storage, study, file }: { readonly storage: Storage; readonly study: string; readonly file: string | undefined },
  request: BackendRequest,
  context: CallContext,
): Promise<TimedBackend> {
  const id = storage.findStudy(study);
  const timing = isAutomatic && id !== undefined ? readTiming(storage, id, file) : undefined;
  if (!rival || !timing) return { backend: rival, isTimed: false };
  return { backend: await takeFastest(timing, rival, request, context), isTimed: true };
}

/** @param rival trains now. */
export async function takeFastest(
  timing: Timing,
  rival: BackendDescription,
  request: BackendRequest,
  context: CallContext,
): Promise<BackendDescription> {
  if (timing.failed !== null) return rival;
  const timed = { stepTimes: timing.times };
  if (fastest(timing) !== "webgpu") return { ...rival, ...timed };
  try {
    return { ...(await startBackend("webgpu", request, context)), ...timed };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    const message = `${rival.backend} trains instead of webgpu, which was faster: ${errorMessage(error)}`;
    context.events.log({ level: "warn", message });
    return { ...(await startBackend(rival.backend, { ...request, joins: true }, context)), ...timed };
  }
}
