import { isJsonObject } from "../json-value.js";
import type { Json, TrialSnapshot } from "./trial-snapshot.js";

/** The trial of another study that a trial is a copy of. */
export interface TrialOrigin {
  readonly study: string;
  /** Its number there. */
  readonly trial: number;
}

/** In a trial that a follow-up study took along: its origin. It counts as one of the study's own. */
export const TAKEN_FROM_KEY = "tunelens:taken-from";

/** In a trial of an earlier study that a new one learns from: its origin. It is not one of the study's own. */
export const LEARNED_FROM_KEY = "tunelens:learned-from";

type Attrs = Pick<TrialSnapshot, "systemAttrs">;

/** The trial that a study has learned this one from; `undefined` if it is the study's own. */
export function learnedFrom({ systemAttrs }: Attrs): TrialOrigin | undefined {
  return readOrigin(systemAttrs[LEARNED_FROM_KEY]);
}

/** The trial of another study that this one is a copy of, for whatever reason. */
export function originOf({ systemAttrs }: Attrs): TrialOrigin | undefined {
  return readOrigin(systemAttrs[LEARNED_FROM_KEY]) ?? readOrigin(systemAttrs[TAKEN_FROM_KEY]);
}

function readOrigin(attr: Json | undefined): TrialOrigin | undefined {
  if (!isJsonObject(attr)) return undefined;
  const { study, trial } = attr;
  return typeof study === "string" && typeof trial === "number" ? { study, trial } : undefined;
}
