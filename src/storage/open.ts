import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Storage } from "../engine/storage.js";
import { parseStorageUrl } from "../protocol/storage-url.js";
import { StorageError } from "./errors.js";
import { MemoryStorage } from "./memory.js";
import { RunStorage, type RunStorageOptions } from "./run-storage.js";
import { openSqliteStorage } from "./sqlite/sqlite-storage.js";

export interface OpenStorageOptions {
  /** What relative paths start from. Default: the working directory of the process. */
  readonly cwd?: string;
  /** Opens the file read-only: never changes or creates one. Default false. */
  readonly readOnly?: boolean;
  /** Throws `storage-not-found` if the file does not exist, instead of creating it. Default false. */
  readonly mustExist?: boolean;
}

/**
 * Opens a storage by its URL.
 * @param url `sqlite:///relative/path.db` and `sqlite:////absolute/path.db`, in which `?` is written `%3F` and `%` `%25`, a plain path, or
 *   `memory:`.
 * @throws StorageError
 */
export function openStorage(url: string, options: OpenStorageOptions = {}): Storage {
  const path = sqlitePath(url, options.cwd);
  if (path === undefined) return new MemoryStorage();
  if (options.mustExist) checkExists(path);
  return openSqliteStorage(path, { readOnly: options.readOnly ?? false });
}

export interface OpenRunStorageOptions extends RunStorageOptions {
  /** What relative paths start from. Default: the working directory of the process. */
  readonly cwd?: string;
  /** Whether to look for damage first. A file that is damaged is not written to. */
  readonly check: boolean;
  /** As `OpenStorageOptions.mustExist`. */
  readonly mustExist: boolean;
}

/** @throws StorageError (`storage-not-found`) */
export function checkExists(path: string): void {
  if (!existsSync(path))
    throw new StorageError("storage-not-found", `${path} does not exist. It may have been deleted or moved.`);
}

/** As `openStorage`, for a study that runs; see `RunStorage`. */
export function openRunStorage(url: string, options: OpenRunStorageOptions): Storage {
  const path = sqlitePath(url, options.cwd);
  if (path === undefined) return new MemoryStorage();
  if (options.mustExist) checkExists(path);
  const storage = openSqliteStorage(path);
  try {
    if (options.check) storage.checkIntegrity();
    return new RunStorage(storage, options);
  } catch (error) {
    storage.close();
    throw error;
  }
}

/**
 * The absolute path of a storage's file, also of a journal, which can only be read; `undefined` where the storage lives in memory.
 * @throws StorageError (code `unsupported-storage`)
 */
export function storagePath(url: string, cwd: string): string | undefined {
  const place = parseStorageUrl(url);
  return place.kind === "journal" ? resolve(cwd, place.path) : sqlitePath(url, cwd);
}

/**
 * The absolute path of a SQLite file, or `undefined` where it lives in memory.
 * @throws StorageError (code `unsupported-storage`)
 */
export function sqlitePath(url: string, cwd: string = process.cwd()): string | undefined {
  const place = parseStorageUrl(url);
  if (place.kind === "unsupported")
    throw new StorageError("unsupported-storage", `Tunelens cannot open the storage "${url}". ${place.reason}`);
  if (place.kind === "journal")
    throw new StorageError(
      "unsupported-storage",
      `Tunelens only reads journals, and only in the editor. To work with "${url}", copy its studies to a SQLite file with Python's optuna.copy_study.`,
    );
  return place.kind === "memory" ? undefined : resolve(cwd, place.path);
}
