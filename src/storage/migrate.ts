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
 * Writes a copy in Optuna 5.0's schema of a file that an older Optuna (since 0.9) wrote, which Optuna 5 and Tunelens can go on with.
 * The file itself is not changed. A copy is there whole or not at all.
 * @param storage the file's path or URL.
 * @throws StorageError (`storage-current` where there is nothing to migrate, `storage-exists` where something is at `output`)
 */
export function migrateCopy(storage: string, options: MigrateOptions = {}): Migrated {
  const { path, output } = copyPaths(storage, "optuna5", options);
  const connection = new Connection(path, { readOnly: true });
  try {
    const older = checkSchema(connection);
    if (!older)
      throw new StorageError("storage-current", `${path} is in the schema of Optuna 5 already. Use it as it is.`);
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
      `The copy ${path} cannot be written (${reason}). Make room, or choose another place.`,
      { cause },
    );
  }
}
