import { renameSync, rmSync, writeFileSync } from "node:fs";
import { StorageError } from "./errors.js";
import { type CopyOptions, copyPaths } from "./copy-paths.js";
import { Connection } from "./sqlite/connection.js";
import { upgraded, type UpgradeOptions } from "./sqlite/older-schema.js";
import { checkSchema } from "./sqlite/schema.js";

export interface MigrateOptions extends UpgradeOptions, CopyOptions {}

export interface Migrated {
  /** The copy's absolute path. */
  readonly output: string;
  /** The version of Optuna that wrote the file, as far as it says. */
  readonly library: string | undefined;
  readonly studies: number;
  readonly trials: number;
}

/**
 * Copies a file written by an older Optuna (0.9 or newer) to Optuna 5.0's schema, so that Optuna 5 and Tunelens can continue its studies.
 * The file itself is not changed. A copy is never left half-written.
 * @param storage the file's path or URL.
 * @throws StorageError (`storage-current` if there is nothing to migrate, `storage-exists` if `output` exists)
 */
export function migrateCopy(storage: string, options: MigrateOptions = {}): Migrated {
  const { path, output } = copyPaths(storage, "optuna5", options);
  const connection = new Connection(path, { readOnly: true });
  try {
    const older = checkSchema(connection);
    if (!older)
      throw new StorageError("storage-current", `${path} already uses Optuna 5's schema. There is nothing to migrate.`);
    const copy = upgraded(connection, older, options);
    try {
      writeWhole(output, copy.serialize());
      const count = (table: string): number => copy.prepare<[], number>(`SELECT COUNT(*) FROM ${table}`).pluck().get()!;
      return { output, library: older.library, studies: count("studies"), trials: count("trials") };
    } finally {
      copy.close();
    }
  } finally {
    connection.close();
  }
}

function writeWhole(path: string, bytes: Buffer): void {
  // WAL, as every file that we create: see the file format versions in the header.
  bytes.fill(2, 18, 20);
  const part = `${path}.part`;
  try {
    writeFileSync(part, bytes, { flush: true });
    renameSync(part, path);
  } catch (cause) {
    rmSync(part, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(
      "storage-not-writable",
      `Cannot write the copy ${path} (${reason}). Free up space, or choose another location.`,
      { cause },
    );
  }
}
