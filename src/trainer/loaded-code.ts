import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** What user code was loaded in this process. */
export interface LoadedCode {
  /** The study file and the workspace's modules it imports, by their path from the study file's folder: the SHA-256 of each when it was loaded. */
  readonly files: Readonly<Record<string, string>>;
  /** The versions of the packages these import. */
  readonly packages: Readonly<Record<string, string>>;
}

/** What of this is the package's own: its modules, be they built or not. */
const OWN_MODULES = fileURLToPath(new URL("..", import.meta.url));

const IN_PACKAGE = `${sep}node_modules${sep}`;

const files = new Map<string, string>();
const packages = new Map<string, string>();

/** From here on what this file imports is the user's code, and what that imports. */
export function recordUserFile(path: string): void {
  // As it is now: the user may write on it while it trains.
  if (!files.has(path)) files.set(path, createHash("sha256").update(readFileSync(path)).digest("hex"));
}

/** @param importer the module that imports, undefined for none; only what user code imports is kept. */
export function recordImport(path: string, importer: string | undefined): void {
  if (importer === undefined || !files.has(importer)) return;
  if (path.startsWith(OWN_MODULES) || !existsSync(path)) return;
  if (path.includes(IN_PACKAGE)) recordPackage(path);
  else recordUserFile(path);
}

/** @param studyFile paths are relative to its folder. */
export function loadedCode(studyFile: string): LoadedCode {
  const folder = dirname(studyFile);
  const named = [...files].map(([path, hash]) => [relative(folder, path).split(sep).join("/"), hash]);
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
