import { type BigIntStats, statSync } from "node:fs";
import { StorageError } from "../errors.js";

/**
 * What is at a path, links followed; undefined: nothing.
 * @throws StorageError (`storage-io`) where the system cannot say: a link to itself, a folder that nobody may enter.
 */
export function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError("storage-io", `Cannot access ${path} (${why}). Choose another location.`, { cause });
  }
}
