import { NotFoundError, TunelensError } from "../engine/errors.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import { type Annotation, noteAttrs, readNote, tagAttrs } from "../protocol/annotations.js";
import type { AnnotateRequest } from "../protocol/trainer.js";
import { StorageError } from "./errors.js";
import { checkExists, sqlitePath } from "./open.js";
import { openSqliteStorage } from "./sqlite/sqlite-storage.js";

/**
 * Stores a note or tags with a study or one of its trials, running or finished.
 * @param cwd what relative paths start from.
 * @throws StorageError, NotFoundError (`study-not-found`, `trial-not-found`), TunelensError (`note-changed`)
 */
export function annotate({ storage: url, study, annotation }: AnnotateRequest, cwd: string): void {
  const path = sqlitePath(url, cwd);
  if (path === undefined) throw new StorageError("unsupported-storage", `${url} keeps no notes.`);
  checkExists(path);
  const storage = openSqliteStorage(path);
  try {
    const studyId = storage.findStudy(study);
    if (studyId === undefined) throw new NotFoundError("study-not-found", `${url} has no study "${study}".`);
    const { trial } = annotation;
    const trialId = trial === null ? null : storage.findTrial(studyId, trial);
    if (trialId === undefined)
      throw new NotFoundError("trial-not-found", `Study "${study}" has no trial ${trial}. It may have been deleted.`);
    storage.changeStudySystemAttrs(studyId, (attrs) => annotationAttrs(attrs, trialId, annotation));
  } finally {
    storage.close();
  }
}

function annotationAttrs(
  attrs: Readonly<Record<string, Json>>,
  trialId: number | null,
  annotation: Annotation,
): Record<string, Json> {
  if (annotation.type === "tags") return tagAttrs(attrs, trialId, annotation.tags);
  const current = readNote(attrs, trialId);
  if (current.version !== annotation.version && current.body !== annotation.body)
    throw new TunelensError(
      "note-changed",
      "The note was changed elsewhere since you began to edit it. Copy your text, cancel, and edit the new note.",
    );
  return noteAttrs(attrs, trialId, annotation.body);
}
