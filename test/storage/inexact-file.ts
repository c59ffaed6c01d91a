import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../temporary-folder.js";

/** A copy of the database that Optuna wrote with numbers beyond 2^53, anew and open for each test. */
export interface InexactFile {
  readonly folder: string;
  readonly path: string;
  readonly storage: SqliteStorage;
}

/** @returns gives those of the test that runs. */
export function inexactFile(): () => InexactFile {
  let file: InexactFile;
  beforeEach(() => {
    const folder = temporaryFolder();
    const path = join(folder, "inexact.db");
    copyFileSync(new URL("../fixtures/optuna/inexact.db", import.meta.url), path);
    file = { folder, path, storage: openSqliteStorage(path) };
  });
  afterEach(() => {
    file.storage.close();
    rmSync(file.folder, { recursive: true, force: true });
  });
  return () => file;
}
