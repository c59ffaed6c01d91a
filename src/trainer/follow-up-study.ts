import { existsSync } from "node:fs";
import type { StudyDefinition } from "../engine/study/define-study.js";
import { DuplicateStudyError } from "../engine/errors.js";
import {
  continueChanged,
  createFollowUp,
  type FollowUp,
  followUpDefinition,
  followUpName,
  type FrozenParam,
  frozenValues,
  readFollowUp,
  setFollowUpTrials,
  withBranches,
} from "../engine/study/follow-up.js";
import { readLearned } from "../engine/study/learned-trials.js";
import type { Storage } from "../engine/storage.js";
import { loadStudy } from "../engine/study/load-study.js";
import { nextName } from "../format/free-name.js";
import { openStorage, sqlitePath } from "../storage/open.js";
import { type DefinitionRequest, storageUrlOf } from "./definition-request.js";
import type { LoadedStudy } from "./study-file.js";

/**
 * A follow-up study, which no file defines: its storage knows which of the file's studies it comes from.
 * @returns undefined where the file itself defines a study called `name`, or no storage has a follow-up of one called so.
 */
export function findFollowUp(
  found: readonly LoadedStudy[],
  name: string,
  request: DefinitionRequest,
  cwd: string,
): LoadedStudy | undefined {
  if (found.some(({ definition, exportName }) => definition.name === name || exportName === name)) return undefined;
  for (const candidate of found) {
    const url = storageUrlOf(candidate.definition, request);
    const path = sqlitePath(url, cwd);
    if (path === undefined || !existsSync(path)) continue;
    const storage = openStorage(url, { cwd, readOnly: true });
    try {
      const followUp = readFollowUp(storage, name);
      if (followUp?.root === candidate.definition.name)
        return { ...candidate, definition: followUpDefinition(candidate.definition, name, followUp) };
    } finally {
      storage.close();
    }
  }
  return undefined;
}

/**
 * The follow-up study that a request to freeze parameters means: the one that is there, or one made now. Without such a request, the
 * study itself.
 * @throws DuplicateStudyError where another study has its name; as `createFollowUp`.
 */
export function freezeParameters(found: LoadedStudy, storage: Storage, request: DefinitionRequest): LoadedStudy {
  if (!request.freeze) return found;
  const { definition } = found;
  const study = loadStudy({ storage, name: definition.name });
  const freeze = request.freeze.params.map(readFrozen);
  const values = frozenValues(study, freeze);
  const newName = request.freeze.name ?? followUpName(storage, study.name, values);
  const parent = readFollowUp(storage, definition.name);
  const own = readFollowUp(storage, newName);
  if (own) {
    const wanted = { ...parent?.frozen, ...withBranches(study, values) };
    if (own.from !== definition.name || !sameValues(own.frozen, wanted))
      throw new DuplicateStudyError(newName, storage.url);
    const followUp = request.trials === undefined ? own : setFollowUpTrials(storage, newName, request.trials);
    return { ...found, definition: followUpDefinition(definition, newName, followUp) };
  }
  const trials = request.trials ?? ownTrials(definition, parent);
  createFollowUp({ storage, name: definition.name, freeze, newName, trials });
  const followUp = readFollowUp(storage, newName)!;
  return { ...found, definition: followUpDefinition(definition, newName, followUp) };
}

/**
 * The study that a request to learn from earlier ones means: the one that is there, or one made now. Without such a request, the study
 * itself.
 * @throws DuplicateStudyError where another study has its name; as `continueChanged`.
 */
export function learnFromStudies(found: LoadedStudy, storage: Storage, request: DefinitionRequest): LoadedStudy {
  // Who joins a run finds the study by its name.
  if (!request.learnFrom || request.joins) return found;
  const { definition } = found;
  const { studies: learnFrom } = request.learnFrom;
  const isItself = learnFrom.includes(definition.name);
  const newName = request.learnFrom.name ?? (isItself ? nextName(definition.name) : definition.name);
  if (newName === definition.name) {
    const learned = readLearned(storage, newName).map(({ study }) => study);
    if (storage.findStudy(newName) !== undefined && !learnFrom.every((name) => learned.includes(name)))
      throw new DuplicateStudyError(newName, storage.url);
    return { ...found, definition: { ...definition, learnFrom } };
  }
  const { trials } = request;
  const own = readFollowUp(storage, newName);
  const root = readFollowUp(storage, definition.name)?.root ?? definition.name;
  if (own && (own.root !== root || own.from !== learnFrom[0])) throw new DuplicateStudyError(newName, storage.url);
  if (own && trials !== undefined) setFollowUpTrials(storage, newName, trials);
  const followUp = own ?? continueChanged(definition, { storage, newName, learnFrom, trials });
  return { ...found, definition: followUpDefinition(definition, newName, readFollowUp(storage, newName) ?? followUp) };
}

/** How many trials a study runs itself. */
function ownTrials({ trials }: StudyDefinition, followUp: FollowUp | undefined): number | undefined {
  return trials === undefined ? undefined : trials - (followUp?.taken ?? 0);
}

function readFrozen({ name, value }: { readonly name: string; readonly value?: unknown }): FrozenParam {
  return value === undefined ? { name } : { name, value: value as FrozenParam["value"] };
}

function sameValues(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}
