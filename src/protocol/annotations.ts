import { ownValue } from "./own-value.js";
import type { WireJson } from "./wire.js";

/**
 * What people add to studies and trials: notes and tags. All of it is in the study's system attributes, because a finished trial can no longer
 * change. Notes have optuna-dashboard's keys, so both programs show the same; it has no tags.
 */
export interface Note {
  /** Markdown. */
  readonly body: string;
  /** Grows with every change; 0: there has never been one. */
  readonly version: number;
}

/** VS Code's chart colors, which every theme has. */
export const tagColors = ["blue", "green", "yellow", "orange", "red", "purple"] as const;
export type TagColor = (typeof tagColors)[number];

export interface Tag {
  readonly name: string;
  /** One per name in a study. */
  readonly color: TagColor;
}

/** A file that belongs to a study or trial, as Optuna describes it. */
export interface Artifact {
  readonly id: string;
  readonly filename: string;
  readonly mimetype: string;
  /** Such as `gzip`. */
  readonly encoding: string | null;
}

/** A note or tags to store with a study (`trial`: null) or with one of its trials. */
export type Annotation =
  | {
      readonly type: "note";
      readonly trial: number | null;
      readonly body: string;
      /** The version of the note that this one replaces. */
      readonly version: number;
    }
  | { readonly type: "tags"; readonly trial: number | null; readonly tags: readonly Tag[] };

/** The most that a note may have, in characters. */
export const MAX_NOTE_LENGTH = 100_000;
export const MAX_TAG_LENGTH = 60;
export const MAX_TAGS = 20;

type Attrs = Readonly<Record<string, WireJson>>;

/** As in optuna-dashboard, in characters: its MySQL column takes no more. */
const NOTE_PART_LENGTH = 2045;

const noteKey = (trialId: number | null, name: string): string =>
  trialId === null ? `dashboard:${name}` : `dashboard:${trialId}:${name}`;
const notePartKey = (trialId: number | null, part: number): string => noteKey(trialId, `note_str:${part}`);
const tagsKey = (trialId: number | null): string => (trialId === null ? "tunelens:tags" : `tunelens:${trialId}:tags`);
const TAG_COLORS_KEY = "tunelens:tag_colors";
const ARTIFACT_PREFIX = "artifacts:";

/** @param trialId null: the study's own. */
export function readNote(studyAttrs: Attrs, trialId: number | null): Note {
  const version = ownValue(studyAttrs, noteKey(trialId, "note_ver"));
  if (typeof version !== "number") return { body: "", version: 0 };
  return { body: noteParts(studyAttrs, trialId).join(""), version };
}

function noteParts(studyAttrs: Attrs, trialId: number | null): string[] {
  const parts: string[] = [];
  for (;;) {
    const part = ownValue(studyAttrs, notePartKey(trialId, parts.length));
    if (typeof part !== "string") return parts;
    parts.push(part);
  }
}

/** The attributes that make `body` the next version of a note. Parts of a longer one become empty: Optuna cannot delete attributes. */
export function noteAttrs(studyAttrs: Attrs, trialId: number | null, body: string): Record<string, WireJson> {
  const attrs: Record<string, WireJson> = {
    [noteKey(trialId, "note_ver")]: readNote(studyAttrs, trialId).version + 1,
  };
  const characters = Array.from(body);
  const before = noteParts(studyAttrs, trialId).length;
  for (let part = 0; part < before || part * NOTE_PART_LENGTH < characters.length; part++) {
    const start = part * NOTE_PART_LENGTH;
    attrs[notePartKey(trialId, part)] = characters.slice(start, start + NOTE_PART_LENGTH).join("");
  }
  return attrs;
}

/** @param trialId null: the study's own. */
export function readTags(studyAttrs: Attrs, trialId: number | null): Tag[] {
  const names = ownValue(studyAttrs, tagsKey(trialId));
  if (!Array.isArray(names)) return [];
  const colors = readColors(studyAttrs);
  return names.flatMap((name: WireJson) =>
    typeof name === "string" ? [{ name, color: colors.get(name) ?? tagColors[0] }] : [],
  );
}

/** Every tag that the study or a trial of it has or has had. */
export function readKnownTags(studyAttrs: Attrs): Tag[] {
  return Array.from(readColors(studyAttrs), ([name, color]) => ({ name, color }));
}

/** The attributes that give a study or trial these tags, and their names these colors in the whole study. */
export function tagAttrs(studyAttrs: Attrs, trialId: number | null, tags: readonly Tag[]): Record<string, WireJson> {
  const colors = readColors(studyAttrs);
  for (const { name, color } of tags) colors.set(name, color);
  return {
    [tagsKey(trialId)]: [...new Set(tags.map(({ name }) => name))],
    [TAG_COLORS_KEY]: Object.fromEntries(colors),
  };
}

function readColors(studyAttrs: Attrs): Map<string, TagColor> {
  const stored = ownValue(studyAttrs, TAG_COLORS_KEY);
  if (typeof stored !== "object" || stored === null || Array.isArray(stored)) return new Map();
  return new Map(
    Object.entries(stored).map(([name, color]) => [name, tagColors.find((known) => known === color) ?? tagColors[0]]),
  );
}

/** Of a study: in its own attributes. */
export function readStudyArtifacts(studyAttrs: Attrs): Artifact[] {
  return artifactsIn(studyAttrs, ARTIFACT_PREFIX);
}

/** Of a trial: in its attributes, and where earlier versions of optuna-dashboard kept them: in the study's. */
export function readTrialArtifacts(studyAttrs: Attrs, trialId: number, trialAttrs: Attrs): Artifact[] {
  return [...artifactsIn(studyAttrs, `dashboard:artifacts:${trialId}:`), ...artifactsIn(trialAttrs, ARTIFACT_PREFIX)];
}

export function artifactAttr({ id, ...meta }: Artifact): { readonly key: string; readonly value: string } {
  return { key: `${ARTIFACT_PREFIX}${id}`, value: JSON.stringify({ artifact_id: id, ...meta }) };
}

function artifactsIn(attrs: Attrs, prefix: string): Artifact[] {
  return Object.entries(attrs).flatMap(([key, value]) => (key.startsWith(prefix) ? readArtifact(value) : []));
}

/** None for one that was deleted, of which optuna-dashboard keeps a `null`. */
function readArtifact(stored: WireJson): Artifact[] {
  const meta = typeof stored === "string" ? parsed(stored) : stored;
  if (typeof meta !== "object" || meta === null) return [];
  const text = (key: string): string | null => {
    const value: unknown = ownValue(meta as Readonly<Record<string, unknown>>, key);
    return typeof value === "string" ? value : null;
  };
  const id = text("artifact_id");
  if (id === null) return [];
  const mimetype = text("mimetype") ?? "application/octet-stream";
  return [{ id, filename: text("filename") ?? id, mimetype, encoding: text("encoding") }];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
