import type { FrozenStudy, Storage, TrialTemplate } from "./storage.js";
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
  return writeStudy(to, newName, { ...from.getStudy(source.id), trials: source.trials });
}

/** A new study of this content, or none: where writing it fails, nothing of it stays. @throws DuplicateStudyError */
export function writeStudy(
  storage: Storage,
  name: string,
  content: Omit<FrozenStudy, "id" | "name"> & { readonly trials: readonly TrialTemplate[] },
): Study {
  const id = storage.createStudy(name, content.directions);
  try {
    for (const [key, value] of Object.entries(content.systemAttrs)) storage.setStudySystemAttr(id, key, value);
    for (const [key, value] of Object.entries(content.userAttrs)) storage.setStudyUserAttr(id, key, value);
    for (const trial of content.trials) storage.createTrial(id, trial);
  } catch (error) {
    storage.deleteStudy(id);
    throw error;
  }
  return loadStudy({ storage, name });
}
