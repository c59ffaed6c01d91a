import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/** What SQLite opens with a database's file. */
const besideDatabase = ["", "-wal", "-shm", "-journal"];

/** Whether a path lies in a folder, by its name alone. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && way.split(sep)[0] !== "..";
}

/** Whether a file lies in one of the folders, symbolic links followed; one that does not exist, where it would be. */
export function isReallyInside(path: string, folders: readonly string[]): boolean {
  const real = realPath(path);
  return real !== undefined && folders.some((folder) => isInside(real, realPath(folder) ?? folder));
}

/** The same of a database, with what SQLite reads beside it. */
export function isDatabaseInside(file: string, folders: readonly string[]): boolean {
  return besideDatabase.every((ending) => isReallyInside(`${file}${ending}`, folders));
}

/** @returns undefined where a link leads nowhere, or nobody may see where. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isMissing || isLink(path)) return undefined;
    const folder = dirname(path);
    const parent = folder === path ? undefined : realPath(folder);
    return parent === undefined ? undefined : join(parent, basename(path));
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
