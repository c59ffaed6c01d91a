import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { describeStorage } from "./conformance.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tunelens-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describeStorage("sqlite", (body) => {
  const storage = openSqliteStorage(join(folder, "new", "studies.db"));
  try {
    body(storage);
  } finally {
    storage.close();
  }
});
