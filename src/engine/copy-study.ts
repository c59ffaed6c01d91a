import type { FrozenStudy, Storage, StudyTemplate } from "./storage.js";
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
 * @returns the copy. Where copying fails, or its process is killed, nothing of it stays.
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
  content: StudyTemplate & Pick<FrozenStudy, "directions">,
): Study {
  storage.createStudy(name, content.directions, content);
  return loadStudy({ storage, name });
}
