import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { TunelensError } from "../engine/errors.js";
import type { CodeFile } from "../protocol/inspector.js";
import type { LoadedSource } from "../protocol/trainer.js";
import { significantCode } from "../source/significant-code.js";
import type { CodeHashes } from "../storage/stored-code.js";

/** What user code was loaded in this process. */
export interface LoadedCode {
  /**
   * The study file, the workspace's modules it imports, and the programs that it runs, by their path from the study file's folder: the SHA-256
   * of each when it was loaded.
   */
  readonly files: Readonly<Record<string, string>>;
  /** The versions of the packages these import. */
  readonly packages: Readonly<Record<string, string>>;
}

/** What of this is the package's own: its modules, be they built or not. */
const OWN_MODULES = fileURLToPath(new URL("..", import.meta.url));

const IN_PACKAGE = `${sep}node_modules${sep}`;

/** What is larger is not kept: data in the form of a module. */
const MAX_KEPT_CHARACTERS = 2 ** 20;

interface UserFile {
  readonly hash: string;
  /** null if it is too large to keep. */
  readonly text: string | null;
  /** The SHA-256 of what Node.js runs. */
  loaded: string | null;
  /** Whether the file on the disk is another one by now than the one the run began with. */
  readonly changed: boolean;
}

const files = new Map<string, UserFile>();
/** The code of the programs that the study runs, as it was last read. */
const programs = new Map<string, UserFile>();
const packages = new Map<string, string>();
/** What the run began with, by path and by how it was loaded. */
const kept = new Map<string, Map<string, LoadedSource>>();
let tell: (source: LoadedSource) => void = () => {};

/** From now on each source is told that is loaded, in the form in which Node.js runs it. */
export function tellLoadedSources(listener: (source: LoadedSource) => void): void {
  tell = listener;
}

/**
 * Has this process run the code that another one of its run has loaded, whatever has become of the files since.
 * @returns the files that have changed.
 * @throws TunelensError code `code-changed` where one is gone, or could not be kept.
 */
export function keepCode(sources: readonly LoadedSource[]): string[] {
  for (const source of sources) {
    const ofFile = kept.get(source.path) ?? new Map<string, LoadedSource>();
    kept.set(source.path, ofFile.set(source.as, source));
  }
  const changed = [...kept].filter(([path, ofFile]) => hashOf(path) !== first(ofFile).hash);
  for (const [path, ofFile] of changed) {
    const lost = !existsSync(path)
      ? "is gone"
      : canRun(path, ofFile)
        ? undefined
        : "has changed, and Tunelens has no copy of the original";
    if (lost === undefined) continue;
    const message =
      `${path} ${lost}. A run continues only with the code that it started with: ` +
      "restore the file, or resume the study to use the new code.";
    throw new TunelensError("code-changed", message);
  }
  return changed.map(([path]) => path);
}

/** Not what is too large, native, or loaded by a Node.js whose modules cannot be seen. */
function canRun(path: string, ofFile: ReadonlyMap<string, LoadedSource>): boolean {
  const isComplete = [...ofFile.values()].every(({ source }) => source !== null);
  return isComplete && (path.endsWith(".json") || ofFile.size > 1);
}

function first(ofFile: ReadonlyMap<string, LoadedSource>): LoadedSource {
  return ofFile.values().next().value!;
}

function hashOf(path: string): string | undefined {
  return existsSync(path) ? sha256(readFileSync(path)) : undefined;
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** From here on what this file imports is the user's code, and what that imports. */
export function recordUserFile(path: string): void {
  if (files.has(path)) return;
  // As it is now: the user may write on it while it trains.
  const text = readFileSync(path);
  const hash = sha256(text);
  const ofFile = kept.get(path);
  if (ofFile && first(ofFile).hash !== hash) {
    const { source } = ofFile.get("text") ?? first(ofFile);
    files.set(path, { hash: first(ofFile).hash, text: source, loaded: null, changed: true });
    return;
  }
  const source = text.toString();
  files.set(path, { hash, text: withinLimit(source), loaded: null, changed: false });
  recordSource(path, "text", { source });
}

/** Takes the code of a program that the study runs. It is another process's: nothing of it is kept for the processes of this run. */
export function recordProgram(paths: readonly string[]): void {
  programs.clear();
  for (const path of paths) {
    const text = existsSync(path) ? readFileSync(path) : undefined;
    if (!text || files.has(path)) continue;
    const source = text.toString();
    const loaded = significantHash(path, source);
    programs.set(path, { hash: sha256(text), text: withinLimit(source), loaded, changed: false });
  }
}

/** The SHA-256 of what is run of a text that no compiler turns into something else; null where that is not known. */
function significantHash(path: string, text: string): string | null {
  const dialect = /\.py$/i.test(path) ? "python" : /\.[cm]?jsx?$/i.test(path) ? "js" : undefined;
  if (dialect === undefined) return null;
  try {
    return sha256(significantCode(text, dialect));
  } catch {
    return null; // It is too long.
  }
}

/** What has been loaded so far, and the programs. */
function allCode(): (readonly [string, UserFile])[] {
  return [...files, ...programs];
}

/** The text of a user's file as the run began with it; of any other file, as it is now. */
export function sourceText(path: string): string {
  return keptSource(path, "text")?.source ?? readFileSync(path, "utf8");
}

/** What is to be run instead of a file that has changed since the run began; undefined: the file itself. */
export function keptSource(path: string, as: string): LoadedSource | undefined {
  return files.get(path)?.changed ? kept.get(path)?.get(as) : undefined;
}

/** What Node.js runs of a user's file; of other files nothing is kept. */
export function recordSource(
  path: string,
  as: string,
  { source, ...how }: Pick<LoadedSource, "source" | "format" | "responseUrl" | "reloaded">,
): void {
  const file = files.get(path);
  if (!file || file.changed || source === null) return;
  // A source map speaks of the text, comments and all.
  if (as !== "text")
    file.loaded ??= significantHash(path, source) ?? sha256(source.replace(/\n\/\/# sourceMappingURL=.*\s*$/, ""));
  tell({ path, hash: file.hash, as, source: withinLimit(source), ...how });
}

function withinLimit(source: string): string | null {
  return source.length > MAX_KEPT_CHARACTERS ? null : source;
}

/** @param importer the module that imports, undefined for none; only what user code imports is kept. */
export function recordImport(path: string, importer: string | undefined): void {
  if (importer === undefined || !files.has(importer)) return;
  if (path.startsWith(OWN_MODULES) || !existsSync(path)) return;
  if (path.includes(IN_PACKAGE)) recordPackage(path);
  else recordUserFile(path);
}

/** What has been loaded so far, and the programs. @param studyFile paths are relative to its folder. */
export function codeHashes(studyFile: string): CodeHashes {
  const named = allCode().map(
    ([path, { hash, loaded }]) => [nameFrom(studyFile, path), { text: hash, loaded }] as const,
  );
  return Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same as text. @param studyFile paths are relative to its folder. */
export function codeFiles(studyFile: string): CodeFile[] {
  return allCode().map(([path, { hash, text }]) => ({ name: nameFrom(studyFile, path), hash, text }));
}

function nameFrom(studyFile: string, path: string): string {
  return relative(dirname(studyFile), path).split(sep).join("/");
}

/** @param studyFile paths are relative to its folder. */
export function loadedCode(studyFile: string): LoadedCode {
  const named = allCode().map(([path, { hash }]) => [nameFrom(studyFile, path), hash] as const);
  return { files: sorted(named), packages: sorted([...packages]) };
}

function recordPackage(path: string): void {
  for (let folder = dirname(path); folder.includes(IN_PACKAGE); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown; version?: unknown };
    // Folders inside a package may have a package.json that only says what kind of modules they hold.
    if (typeof name !== "string" || typeof version !== "string") continue;
    packages.set(name, version);
    return;
  }
}

function sorted(entries: readonly (readonly string[])[]): Record<string, string> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a! < b! ? -1 : 1))) as Record<string, string>;
}
