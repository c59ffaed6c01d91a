import { NotFoundError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import type { NoSpace, Space } from "../space.js";
import type { Storage } from "../storage.js";
import { checkComponents } from "./check-components.js";
import { Study } from "./study.js";
import { settingNames, type StudySettings } from "./study-settings.js";

/**
 * Loads a study by its name.
 * @throws NotFoundError code `study-not-found` if the storage has no study of this name.
 * @throws InvalidArgumentError for an unknown or invalid option.
 */
export function loadStudy<S extends Space = NoSpace>(options: StudySettings<S> & { readonly name: string }): Study<S> {
  const { storage, name } = options;
  checkOptions("loadStudy", options, { ...settingNames, name: true });
  checkComponents("loadStudy", options);
  return new Study(storage.getStudy(findStudyId(storage, name)), options);
}

/** @throws NotFoundError code `study-not-found` if the storage has no study of this name. */
export function findStudyId(storage: Storage, name: string): number {
  const id = storage.findStudy(name);
  if (id !== undefined) return id;
  const names = storage.getStudies().map((study) => `"${study.name}"`);
  throw new NotFoundError(
    "study-not-found",
    `There is no study "${name}" in ${storage.url}. It has: ${names.join(", ") || "none"}.`,
  );
}
