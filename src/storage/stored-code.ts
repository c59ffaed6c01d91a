import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { isJsonObject } from "../engine/json-value.js";
import type { Storage } from "../engine/storage.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import type { CodeFile, StoredCode } from "../protocol/inspector.js";

/** The system attribute of a trial that names the code it ran; of a study, what identifies each file of the code it last ran. */
export const CODE_KEY = "tunelens:code";

/** Of a study, followed by the name of a code: the hash of each of its files. */
const FILES_PREFIX = "tunelens:code:";

/** Of a study, followed by a file's hash: its text, compressed by gzip, in Base64. So a file that two codes share is stored once. */
const TEXT_PREFIX = "tunelens:source:";

/** Of a study, followed by the name of a code: what tells each of its files from others, also where their texts are not stored. */
const HASHES_PREFIX = "tunelens:hashes:";

/** Of one file, in characters. */
const MAX_TEXT = 2 ** 20;
/** Of all texts of a study, as they are stored. */
const MAX_STORED = 2 ** 21;

type Attrs = Readonly<Record<string, Json>>;

/** The user's files by their path from the study file's folder: the SHA-256 of the text, and of what is run of it, where that is seen. */
export type CodeHashes = Readonly<Record<string, { readonly text: string; readonly loaded: string | null }>>;

/** The name of a code, which other code does not have. */
export function codeName(files: readonly Pick<CodeFile, "name" | "hash">[]): string {
  const named = files.map(({ name, hash }) => `${hash} ${name}\n`).sort();
  return createHash("sha256").update(named.join("")).digest("hex").slice(0, 16);
}

/** Stores the code of a study's trials, unless it is there already. @returns the names of files whose text is not stored. */
export function storeCode(storage: Storage, studyId: number, files: readonly CodeFile[]): string[] {
  const { systemAttrs } = storage.getStudy(studyId);
  const key = FILES_PREFIX + codeName(files);
  if (Object.hasOwn(systemAttrs, key)) return [];
  let room = MAX_STORED - storedLength(systemAttrs);
  const leftOut = files.filter(({ hash, text }) => {
    if (Object.hasOwn(systemAttrs, TEXT_PREFIX + hash)) return false;
    const stored = text === null || text.length > MAX_TEXT || text.includes("\0") ? null : compressed(text);
    if (stored === null || stored.length > room) return true;
    room -= stored.length;
    storage.setStudySystemAttr(studyId, TEXT_PREFIX + hash, stored);
    return false;
  });
  storage.setStudySystemAttr(studyId, key, Object.fromEntries(files.map(({ name, hash }) => [name, hash])));
  return leftOut.map(({ name }) => name);
}

/** Stores what tells the files of a code from others, unless it is there already. */
export function storeCodeHashes(storage: Storage, studyId: number, name: string, hashes: CodeHashes): void {
  const key = HASHES_PREFIX + name;
  if (Object.hasOwn(storage.getStudy(studyId).systemAttrs, key)) return;
  storage.setStudySystemAttr(studyId, key, { ...hashes });
}

/** What tells the files of a code from others; null if it was not recorded. */
export function codeHashesOf(attrs: Attrs, name: string): CodeHashes | null {
  return readHashes(attrs[HASHES_PREFIX + name]);
}

/** What a trial says of the code it ran; null: nothing. */
export function readCodeName({ [CODE_KEY]: name }: Attrs): string | null {
  return typeof name === "string" ? name : null;
}

/** What identifies the code that a study last ran; null if it was not recorded. */
export function readCodeHashes({ [CODE_KEY]: last }: Attrs): CodeHashes | null {
  return readHashes(last);
}

function readHashes(stored: Json | undefined): CodeHashes | null {
  if (!isJsonObject(stored)) return null;
  const entries = Object.entries(stored).flatMap(([name, file]) => {
    if (!isJsonObject(file) || typeof file["text"] !== "string") return [];
    const loaded = typeof file["loaded"] === "string" ? file["loaded"] : null;
    return [[name, { text: file["text"], loaded }]] as const;
  });
  return Object.fromEntries(entries);
}

/** @param name Default: the code that the study last ran. @returns null if it is not stored. */
export function readCode(attrs: Attrs, name: string | null): StoredCode | null {
  const asked = name ?? lastCodeName(attrs);
  const files = asked === null ? undefined : attrs[FILES_PREFIX + asked];
  if (asked === null || !isJsonObject(files)) return null;
  const entries = Object.entries(files).flatMap(([file, hash]) =>
    typeof hash === "string" ? [{ name: file, hash, text: readText(attrs[TEXT_PREFIX + hash]) }] : [],
  );
  return { name: asked, files: entries };
}

function lastCodeName(attrs: Attrs): string | null {
  const last = readCodeHashes(attrs);
  return last && codeName(Object.entries(last).map(([name, { text }]) => ({ name, hash: text })));
}

function storedLength(attrs: Attrs): number {
  const texts = Object.entries(attrs).filter(([key]) => key.startsWith(TEXT_PREFIX));
  return texts.reduce((sum, [, text]) => sum + (typeof text === "string" ? text.length : 0), 0);
}

function compressed(text: string): string {
  return gzipSync(text, { level: 9 }).toString("base64");
}

/** null for what is no text of ours: another program may have written it. */
function readText(stored: Json | undefined): string | null {
  if (typeof stored !== "string") return null;
  try {
    // UTF-8 has at most three bytes for a character of a string.
    return gunzipSync(Buffer.from(stored, "base64"), { maxOutputLength: 3 * MAX_TEXT }).toString();
  } catch {
    return null;
  }
}
