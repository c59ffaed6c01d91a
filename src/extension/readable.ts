import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/** The files that SQLite opens along with a database. */
const besideDatabase = ["", "-wal", "-shm", "-journal"];

/** Whether a path is inside a folder, judging by its name only. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && way.split(sep)[0] !== "..";
}

/** Whether a file is (or would be) inside one of the folders, following symbolic links. */
export function isReallyInside(path: string, folders: readonly string[]): boolean {
  const real = realPath(path);
  return real !== undefined && folders.some((folder) => isInside(real, realPath(folder) ?? folder));
}

/** The same for a database and the files that SQLite reads with it. */
export function isDatabaseInside(file: string, folders: readonly string[]): boolean {
  return besideDatabase.every((ending) => isReallyInside(`${file}${ending}`, folders));
}

/** @returns undefined for a broken link or missing permissions. */
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
