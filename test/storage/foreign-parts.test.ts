import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../temporary-folder.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
  const storage = openSqliteStorage(path);
  storage.createTrial(storage.createStudy("kept", ["minimize"]));
  storage.close();
});

function change(sql: string): void {
  const database = new Database(path);
  database.pragma("foreign_keys = OFF");
  database.exec(sql);
  database.close();
}

describe("a study database that somebody has put something into", () => {
  it.each(["trials", "studies", "trial_values", "version_info"])(
    "%s as a view whose rows never end is refused at once, by name",
    (table) => {
      change(`DROP TABLE ${table}; CREATE VIEW ${table} AS
        WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS trial_id, n AS study_id FROM r`);
      for (const readOnly of [true, false])
        expect(() => openSqliteStorage(path, { readOnly })).toThrowError(
          expect.objectContaining({
            code: "storage-corrupt",
            message: expect.stringMatching(new RegExp(`studies\\.db: ${table} is a view instead of a table`)),
          }),
        );
    },
  );

  it("a virtual table is refused, too", () => {
    change("ALTER TABLE trials RENAME TO behind; CREATE VIRTUAL TABLE trials USING fts5 (trial_id, study_id)");
    expect(() => openSqliteStorage(path, { readOnly: true })).toThrowError(/trials is a virtual table/);
  });

  it("with a trigger it is read, and not written to", () => {
    change("CREATE TRIGGER hidden AFTER INSERT ON Trials BEGIN DELETE FROM trials WHERE number = 0; END");
    const storage = openSqliteStorage(path, { readOnly: true });
    expect(storage.getTrials(storage.findStudy("kept")!)).toHaveLength(1);
    storage.close();
    expect(() => openSqliteStorage(path)).toThrowError(/studies\.db: \w+ has a trigger, hidden, which may change/);
  });

  it("views and triggers of other tables are nobody's business", () => {
    change(`CREATE TABLE notes (a); CREATE VIEW trial_overview AS SELECT * FROM trials;
      CREATE TRIGGER noted AFTER INSERT ON notes BEGIN DELETE FROM notes; END`);
    const storage = openSqliteStorage(path);
    expect(storage.getStudies()).toHaveLength(1);
    storage.close();
  });
});
