import { readFileSync } from "node:fs";
import type { BackendDescription } from "../training/backends/backend.js";
import { InvalidArgumentError } from "../engine/errors.js";
import { openStorage } from "../storage/open.js";
import type { Storage } from "../engine/storage.js";
import { type FreezeRequest } from "../protocol/trainer.js";
import { type CallContext, unlessStopped } from "./call-context.js";
import { tensorFlowImported } from "./module-resolution.js";
import { findFollowUp, freezeParameters, storageOf } from "./follow-up-study.js";
import { chooseStudy, type FoundStudy, loadStudies } from "./study-file.js";

/** What `run` and `retrain` have in common. */
export interface DefinitionRequest {
  readonly file: string;
  readonly study?: string;
  readonly storage?: string;
  readonly defaultStorage?: string;
  readonly backend?: string;
  readonly freeze?: FreezeRequest;
  readonly trials?: number;
}

export interface OpenDefinition {
  readonly found: FoundStudy;
  readonly storage: Storage;
  /** As it was asked for; relative paths start in the working directory. */
  readonly storageUrl: string;
  /** null where the user's code does not import TensorFlow.js. */
  readonly backend: BackendDescription | null;
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
  // Tensors the file makes while it loads should be on the backend already.
  if (mentionsTensorFlow(file)) await backendInUse(request.backend, cwd);
  const found = await unlessStopped(
    signal,
    guard.run(() => loadStudies(file)),
  );
  const backend = tensorFlowImported() ? await backendInUse(request.backend, cwd) : null;
  const followUp = study === undefined ? undefined : findFollowUp(found, study, request, cwd);
  const chosen = followUp ?? chooseStudy(file, found, study);
  const storageUrl = storageOf(chosen.definition, request);
  const storage = openStorage(storageUrl, { cwd, readOnly });
  try {
    return { found: freezeParameters(chosen, storage, request), storage, storageUrl, backend };
  } catch (error) {
    storage.close();
    throw error;
  }
}

function mentionsTensorFlow(file: string): boolean {
  try {
    return /["'](?:@tensorflow\/|tunelens\/training["'])/.test(readFileSync(file, "utf8"));
  } catch {
    return false; // Loading it will say what is wrong.
  }
}

/** The one the study file made active, if it did; otherwise the one of this name is set up. */
async function backendInUse(name: string | undefined, workspace: string): Promise<BackendDescription> {
  const [{ activeBackend, useBackend }, { backendNames }] = await Promise.all([
    import("../training/backends/use-backend.js"),
    import("../training/backends/backend.js"),
  ]);
  const chosen = activeBackend();
  if (chosen) return chosen;
  const asked = name ?? "auto";
  const known = backendNames.find((backend) => backend === asked);
  if (!known && asked !== "auto")
    throw new InvalidArgumentError(`"${asked}" is no training backend. There are: auto, ${backendNames.join(", ")}.`);
  return useBackend(known ?? "auto", { workspace });
}
