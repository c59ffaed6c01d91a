import type { Space } from "../space.js";
import type { Storage } from "../storage.js";
import { waitingTrial } from "../trial/enqueued-trial.js";
import { createOrLoadStudy } from "./create-study.js";
import type { StudyDefinition } from "./define-study.js";
import type { Study } from "./study.js";
import type { StudyListener } from "./study-settings.js";

export interface OpenStudyOptions {
  /** Where it is kept; `definition.storage`, opened. */
  readonly storage: Storage;
  /** Instead of the definition's. */
  readonly seed?: number | undefined;
  readonly listener?: StudyListener | undefined;
}

/**
 * The study a definition means, in a storage: created, its defaults and its `enqueue` waiting, or the one that is there.
 * To run it: `study.optimize(definition.objective, { totalTrials: definition.trials, … })`.
 * @throws DuplicateStudyError when it is there and `loadIfExists` is false; InvalidDefinitionError when it has other directions.
 */
export function openStudy<S extends Space>(
  definition: StudyDefinition<S>,
  options: OpenStudyOptions,
): { readonly study: Study<S>; readonly created: boolean } {
  const { name, directions, directionGiven, space, sampler, pruner, heartbeat, loadIfExists } = definition;
  const seed = options.seed ?? definition.seed;
  // With the study, so that what is to be tried first is there also when the process is killed next.
  const template = { userAttrs: {}, systemAttrs: {}, trials: definition.enqueue.map((params) => waitingTrial(params)) };
  const settings = {
    name,
    directions,
    directionGiven,
    space,
    sampler,
    pruner,
    seed,
    heartbeat,
    loadIfExists,
    template,
  };
  return createOrLoadStudy<S>({ ...options, ...settings });
}
