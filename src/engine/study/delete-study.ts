import type { Storage } from "../storage.js";
import { findStudyId } from "./load-study.js";

/** Removes a study with all its trials. @throws NotFoundError code `study-not-found` when the storage has no study of this name. */
export function deleteStudy({ storage, name }: { readonly storage: Storage; readonly name: string }): void {
  storage.deleteStudy(findStudyId(storage, name));
}
