import type { Storage } from "./storage.js";
import { loadStudy, type Study } from "./study.js";

export interface CopyStudyOptions {
  readonly name: string;
  readonly from: Storage;
  /** May be the same storage, with another name. */
  readonly to: Storage;
  /** Default: `name`. */
  readonly newName?: string;
}

/**
 * Copies a study with its trials, in all states and with their times, its directions and its attributes.
 * @returns the copy. Where copying fails, nothing of it stays.
 * @throws NotFoundError when there is no such study; DuplicateStudyError when the new name is taken.
 */
export function copyStudy({ name, from, to, newName = name }: CopyStudyOptions): Study {
  const source = loadStudy({ storage: from, name });
  const { directions, userAttrs, systemAttrs } = from.getStudy(source.id);
  const id = to.createStudy(newName, directions);
  try {
    for (const [key, value] of Object.entries(systemAttrs)) to.setStudySystemAttr(id, key, value);
    for (const [key, value] of Object.entries(userAttrs)) to.setStudyUserAttr(id, key, value);
    for (const trial of source.trials) to.createTrial(id, trial);
  } catch (error) {
    to.deleteStudy(id);
    throw error;
  }
  return loadStudy({ storage: to, name: newName });
}
