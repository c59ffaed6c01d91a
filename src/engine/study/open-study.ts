import type { Space } from "../space.js";
import type { Storage } from "../storage.js";
import { waitingTrial } from "../trial/enqueued-trial.js";
import { createOrLoadStudy } from "./create-study.js";
import type { Json } from "../trial/trial-snapshot.js";
import type { StudyDefinition } from "./define-study.js";
import type { Study } from "./study.js";
import type { StudyListener } from "./study-settings.js";

export interface OpenStudyOptions {
  /** The opened `definition.storage`. */
  readonly storage: Storage;
  /** Overrides the definition's. */
  readonly seed?: number | undefined;
  readonly listener?: StudyListener | undefined;
  /** Of a new study. Default: none. */
  readonly systemAttrs?: Readonly<Record<string, Json>>;
}

/**
 * Loads the study of a definition from a storage, or creates it with its defaults and its `enqueue` queued.
 * To run it: `study.optimize(definition.objective, { totalTrials: definition.trials, … })`.
 * @throws DuplicateStudyError if it exists and `loadIfExists` is false; InvalidDefinitionError if it has other directions.
 */
export function openStudy<S extends Space>(
  definition: StudyDefinition<S>,
  options: OpenStudyOptions,
): { readonly study: Study<S>; readonly created: boolean } {
  const {
    name,
    directions,
    directionGiven,
    space,
    sampler,
    pruner,
    pruneBy,
    scheduler,
    heartbeat,
    repeats,
    loadIfExists,
    learnFrom,
  } = definition;
  const { systemAttrs = {}, ...opened } = options;
  const seed = options.seed ?? definition.seed;
  // In one transaction with the study, so that they are queued even if the process is killed next.
  const template = { userAttrs: {}, systemAttrs, trials: definition.enqueue.map((params) => waitingTrial(params)) };
  const settings = {
    name,
    directions,
    directionGiven,
    space,
    sampler,
    pruner,
    pruneBy,
    scheduler,
    seed,
    heartbeat,
    repeats,
    loadIfExists,
    learnFrom,
    template,
  };
  return createOrLoadStudy<S>({ ...opened, ...settings });
}
