import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { findPython } from "./children/find-python.js";
import { writeOddities } from "./oddities.js";
import { temporaryFolder } from "../temporary-folder.js";

const SUITE = fileURLToPath(new URL("optuna-suite/", import.meta.url));
const python = findPython("pytest");

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function writeFiles(): void {
  openSqliteStorage(join(folder, "empty.db")).close();
  const ours = openSqliteStorage(join(folder, "ours.db"));
  for (const name of ["first", "second"]) writeOddities(ours, ours.createStudy(name, ["minimize"]));
  ours.close();
  mkdirSync(join(folder, "left"));
}

it.skipIf(!python)(
  "Optuna's own suite for storages passes on files we wrote, and we read what it left",
  () => {
    writeFiles();
    const WAL = Buffer.from([2, 2]);
    for (const name of ["empty.db", "ours.db"]) expect(readFileSync(join(folder, name)).subarray(18, 20)).toEqual(WAL);
    const options = ["-q", "-p", "no:cacheprovider", "-W", "ignore", "--basetemp", join(folder, "pytest"), SUITE];
    const env = { ...process.env, TUNELENS_FILES: folder, PYTHONDONTWRITEBYTECODE: "1" };
    const { status, stdout } = spawnSync(python!, ["-m", "pytest", ...options], { encoding: "utf8", env });
    const counted = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(stdout)?.[1] ?? 0);
    expect(
      { status, failed: counted("failed"), errors: counted("error"), skipped: counted("skipped") },
      stdout,
    ).toEqual({
      status: 0,
      failed: 0,
      errors: 0,
      skipped: 0,
    });
    const left = readdirSync(join(folder, "left"));
    expect(counted("passed")).toBeGreaterThan(50);
    expect(left).toHaveLength(counted("passed"));
    for (const name of left) {
      const path = join(folder, "left", name);
      const storage = openSqliteStorage(path, { readOnly: true });
      for (const { id } of storage.getStudies())
        storage.getTrials(id).forEach(({ number }, i) => expect(number, name).toBe(i));
      storage.close();
    }
  },
  300_000,
);
