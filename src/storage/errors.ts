import { StorageFailure } from "../engine/errors.js";

/**
 * Why a storage cannot be used as asked.
 *
 * - `unsupported-storage`: a URL of a kind that is not supported.
 * - `storage-not-found`: the file does not exist, and it was opened read-only.
 * - `storage-is-directory`, `storage-not-a-file`, `not-a-database`, `not-a-study-database`: something else is at this path.
 * - `storage-newer`, `storage-older`: another version of Optuna's schema. `storage-current`: there is nothing to migrate.
 * - `storage-exists`: the path of a copy is taken.
 * - `storage-read-only`: a write to a read-only storage. `storage-not-writable`: file or folder permissions.
 * - `too-many-open-files`: this process may open no more files. A later call may succeed.
 * - `storage-replaced`: the file was deleted, moved or replaced while it was open.
 * - `storage-locked`: another process held the lock for longer than the busy timeout.
 * - `storage-full`: no room left on the disk. `storage-io`: the disk or network failed.
 * - `storage-unusable`: SQLite refuses what Optuna's tables allow: they were changed.
 * - `storage-corrupt`: the database contains something impossible.
 * - `storage-closed`: it was already closed.
 */
export type StorageErrorCode =
  | "unsupported-storage"
  | "storage-not-found"
  | "storage-is-directory"
  | "storage-not-a-file"
  | "not-a-database"
  | "not-a-study-database"
  | "storage-newer"
  | "storage-older"
  | "storage-current"
  | "storage-exists"
  | "storage-read-only"
  | "storage-not-writable"
  | "too-many-open-files"
  | "storage-replaced"
  | "storage-locked"
  | "storage-full"
  | "storage-io"
  | "storage-unusable"
  | "storage-corrupt"
  | "storage-closed";

export class StorageError extends StorageFailure {
  override readonly name = "StorageError";
  constructor(
    override readonly code: StorageErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** The command suggested for a damaged file. */
export function repairCommand(path: string): string {
  return `tunelens repair "${path}"`;
}

/**
 * What stands in a file that neither Optuna nor Tunelens wrote so.
 * @param where study, trial. @param what was stored and cannot be read; its reason, when it has one, is the cause's.
 */
export function unreadable(path: string, where: string, what: string, cause?: unknown): StorageError {
  const reason = cause instanceof Error ? ` (${cause.message.replace(/\.$/, "")})` : "";
  return new StorageError(
    "storage-corrupt",
    `${where}: the stored ${what} cannot be read${reason}. ${path} was changed or is damaged. Restore a copy, or save what is readable: ${repairCommand(path)}`,
    { cause },
  );
}
