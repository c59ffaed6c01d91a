import type { Storage } from "../storage.js";
import { findStudyId } from "./load-study.js";

/** Deletes a study and all its trials. @throws NotFoundError code `study-not-found` if the storage has no study of this name. */
export function deleteStudy({ storage, name }: { readonly storage: Storage; readonly name: string }): void {
  storage.deleteStudy(findStudyId(storage, name));
}
