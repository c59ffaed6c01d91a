import { linkSync, rmSync, statSync } from "node:fs";
import { extname } from "node:path";
import type { Connection } from "./connection.js";

/** What this process knows without the file. */
export interface KnownWithoutFile {
  /** Whether all of it is in a file. */
  holdsKnown(path: string): boolean;
  /** Writes it to a new file. */
  writeKnown(path: string): void;
}

/**
 * Saves all that was in an open file, which may have been deleted since, to a new one beside it: `studies.db` to
 * `studies.recovered-1234.db`. Processes that had the same file open get the same new one, whoever of them makes it. Whoever has put
 * another file in its place may have written into its log; then only what is known without the file is saved.
 * @returns the new file's path.
 * @throws StorageError
 */
export function saveBeside(connection: Connection, known: KnownWithoutFile): string {
  const { path, openedAt, inode } = connection;
  const extension = extname(path);
  const stem = path.slice(0, path.length - extension.length);
  for (let i = 1; ; i++) {
    const target = `${stem}.recovered-${inode}${i === 1 ? "" : `-${i}`}${extension}`;
    if (statSync(target, { throwIfNoEntry: false }) === undefined) saveWhole(connection, target, known);
    if (statSync(target).birthtimeMs >= openedAt && known.holdsKnown(target)) return target;
  }
}

/** Where another process is faster, its file stays. */
function saveWhole(connection: Connection, target: string, known: KnownWithoutFile): void {
  const part = `${target}.${process.pid}.part`;
  try {
    if (!tryToSave(connection, part) || !known.holdsKnown(part)) {
      rmSync(part, { force: true });
      known.writeKnown(part);
    }
    linkSync(part, target);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(part, { force: true });
  }
}

function tryToSave(connection: Connection, path: string): boolean {
  try {
    connection.saveTo(path);
    return true;
  } catch {
    return false;
  }
}
