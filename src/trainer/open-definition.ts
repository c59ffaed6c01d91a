import { programOf } from "../engine/objective.js";
import { openRunStorage, openStorage } from "../storage/open.js";
import type { RunStorageOptions } from "../storage/run-storage.js";
import type { Storage } from "../engine/storage.js";
import { backendAfterLoading, backendBeforeLoading, type ChosenBackend } from "./backend-choice.js";
import { type CallContext, unlessStopped } from "./call-context.js";
import { type DefinitionRequest, storageUrlOf } from "./definition-request.js";
import { recordProgram } from "./loaded-code.js";
import { findFollowUp, freezeParameters, learnFromStudies } from "./follow-up-study.js";
import { loadSeeded, type SeededLoading } from "./seeded-loading.js";
import { timedBackend, type TimedBackend } from "./timed-backend.js";
import { chooseStudy, type LoadedStudy, loadStudies } from "./study-file.js";

export interface OpenDefinition extends ChosenBackend, TimedBackend {
  readonly found: LoadedStudy;
  readonly storage: Storage;
  /** As it was asked for; relative paths start in the working directory. */
  readonly storageUrl: string;
  readonly loading: SeededLoading<unknown>;
}

/**
 * Loads the study file, sets up TensorFlow.js where the file uses it, and opens the storage, which the caller closes.
 * @param readOnly whether the storage is only looked at, and so not made where there is none.
 */
export async function openDefinition(
  request: DefinitionRequest,
  context: CallContext,
  { readOnly = false } = {},
): Promise<OpenDefinition> {
  const { file, study } = request;
  const { signal, guard, cwd } = context;
  const early = await backendBeforeLoading(request, context);
  const loading = await unlessStopped(
    signal,
    guard.run(() => loadSeeded(file, request, () => loadStudies(file))),
  );
  const found = loading.result;
  const followUp = study === undefined ? undefined : findFollowUp(found, study, request, cwd);
  const chosen = followUp ?? chooseStudy(file, found, study);
  recordProgram(programOf(chosen.definition)?.files() ?? []);
  const first = await backendAfterLoading(early, chosen.definition.backend, request, context);
  const storageUrl = storageUrlOf(chosen.definition, request);
  const tell: RunStorageOptions["tell"] = (level, message) => context.events.log({ level, message });
  const storage = readOnly
    ? openStorage(storageUrl, { cwd, readOnly })
    : openRunStorage(storageUrl, { cwd, tell, check: !request.joins, mustExist: request.joins ?? false });
  try {
    const sameCode = readOnly || request.joins ? undefined : file;
    const study = { storage, study: chosen.definition.name, file: sameCode };
    const timed = await timedBackend(first, study, request, context);
    const meant = learnFromStudies(freezeParameters(chosen, storage, request), storage, request);
    return { found: meant, storage, storageUrl, ...first, ...timed, loading };
  } catch (error) {
    storage.close();
    throw error;
  }
}
