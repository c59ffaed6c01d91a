/** Identifies a study: its storage's absolute URL and its name. */
export interface StudyId {
  readonly storage: string;
  readonly name: string;
}

/** Also matches a study of the extension's API. */
export function isStudyId(value: unknown): value is StudyId {
  if (typeof value !== "object" || value === null || !("storage" in value) || !("name" in value)) return false;
  return typeof value.storage === "string" && typeof value.name === "string";
}

/** For maps. */
export function keyOf({ storage, name }: StudyId): string {
  return JSON.stringify([storage, name]);
}

export function sameStudy(a: StudyId, b: StudyId): boolean {
  return a.storage === b.storage && a.name === b.name;
}
