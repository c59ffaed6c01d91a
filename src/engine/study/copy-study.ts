import { findStudyId, loadStudy } from "./load-study.js";
import type { Study } from "./study.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import type { Storage, StudyCopy, StudyTemplate } from "../storage.js";

export interface CopyStudyOptions {
  /** The study to copy. */
  readonly name: string;
  /** The storage it is in. */
  readonly from: Storage;
  /** May be the same storage, with another name. */
  readonly to: Storage;
  /** Default: `name`. */
  readonly newName?: string;
}

/**
 * Copies a study with its trials (in all states, with their times), directions, and attributes. A copy from one SQLite file to another is
 * exact.
 * @returns the copy. If copying fails, or its process is killed, nothing of it remains.
 * @throws NotFoundError if the study does not exist; DuplicateStudyError if the new name is taken.
 */
export function copyStudy({ name, from, to, newName = name }: CopyStudyOptions): Study {
  return writeCopy(to, newName, { from, studyId: findStudyId(from, name) });
}

/** A new study of this content, or none: where writing it fails, nothing of it stays. @throws DuplicateStudyError */
export function writeCopy(storage: Storage, name: string, copy: StudyCopy): Study {
  if (storage.copyStudy?.(name, copy) === undefined)
    storage.createStudy(name, copy.from.getStudy(copy.studyId).directions, templateOf(copy));
  return loadStudy({ storage, name });
}

function templateOf({ from, studyId, trials: numbers, ...added }: StudyCopy): StudyTemplate {
  const { userAttrs, systemAttrs } = from.getStudy(studyId);
  const trials = from.getTrials(studyId);
  const withAdded = (trial: TrialSnapshot) => ({
    ...trial,
    systemAttrs: { ...trial.systemAttrs, ...added.trialSystemAttrs?.(trial.number) },
  });
  return {
    userAttrs,
    systemAttrs: { ...systemAttrs, ...added.systemAttrs },
    trials: (numbers?.map((number) => trials[number]!) ?? trials).map(withAdded),
  };
}
