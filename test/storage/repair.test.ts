import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution } from "../../src/engine/distribution.js";
import { countFinished } from "../../src/engine/trial/fail-reason.js";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import { random } from "../../src/engine/samplers/random.js";
import { loadStudy } from "../../src/engine/study/load-study.js";
import { openRunStorage } from "../../src/storage/open.js";
import { repairCopy } from "../../src/storage/repair.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { codeOf } from "./code-of.js";
import { damagePage, makeIndexLie } from "./damage.js";
import { temporaryFolder } from "../temporary-folder.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
});

/** Two studies of 300 trials each. */
function write(): void {
  const storage = openSqliteStorage(path);
  const distributions = { x: floatDistribution(0, 1), c: categoricalDistribution(["a", null]) };
  for (const name of ["first", "second"]) {
    const trials = Array.from({ length: 300 }, (_, number) => ({
      state: "COMPLETE" as const,
      values: [number / 300],
      internalParams: { x: number / 300, c: number % 2 },
      distributions,
      intermediateValues: new Map([[0, number]]),
      userAttrs: { number },
      systemAttrs: {},
      datetimeStart: new Date("2026-03-01T10:00:00.000Z"),
      datetimeComplete: new Date("2026-03-01T10:00:01.000Z"),
    }));
    storage.createStudy(name, ["maximize"], { userAttrs: { note: name }, systemAttrs: {}, trials });
  }
  storage.close();
}

function change(sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

/** Ids aside, which a copy may give anew. */
function trialsOf(file: string, name: string): (Omit<TrialSnapshot, "id"> & { id: undefined })[] {
  const storage = openSqliteStorage(file, { readOnly: true });
  try {
    return loadStudy({ storage, name }).trials.map((trial) => ({ ...trial, id: undefined }));
  } finally {
    storage.close();
  }
}

/** The error that a run or a resume ends with. */
function errorOfRun(): unknown {
  try {
    openRunStorage(path, { tell: () => {}, check: true, mustExist: true }).close();
  } catch (error) {
    return error;
  }
  return undefined;
}

const damaged = {
  code: "storage-corrupt",
  message: expect.stringMatching(/studies\.db.* is damaged \(.+\)\. .*tunelens repair ".*studies\.db"/),
};

describe("a repaired copy", () => {
  it("of a database that is whole is equal to it", () => {
    write();
    const before = readFileSync(path);
    const { output, ...told } = repairCopy(path);
    expect(output).toBe(join(folder, "studies.repaired.db"));
    expect(told).toEqual({ studies: 2, trials: 600, losses: [] });
    for (const name of ["first", "second"]) expect(trialsOf(output, name)).toEqual(trialsOf(path, name));
    const storage = openSqliteStorage(output);
    const { study, systemAttrs } = { study: loadStudy({ storage, name: "first" }), systemAttrs: {} };
    expect(study.directions).toEqual(["maximize"]);
    expect(study.userAttrs).toEqual({ note: "first" });
    expect(storage.startTrial(study.id, 301, { systemAttrs })).toEqual(expect.any(Number));
    storage.close();
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["studies.db", "studies.repaired.db"]);
  });

  it("of numbers that JavaScript does not have holds them to the last digit", () => {
    cpSync(fileURLToPath(new URL("../fixtures/optuna/inexact.db", import.meta.url)), path);
    const { output } = repairCopy(path);
    const [copy, original] = [output, path].map((file) => {
      const database = new Database(file, { readonly: true });
      const rows = (table: string, columns: string) =>
        database.prepare(`SELECT ${columns} FROM ${table}`).safeIntegers().raw().all();
      const found = [
        rows("trial_params", "param_name, param_value, distribution_json"),
        rows("trial_intermediate_values", "step, intermediate_value"),
        rows("trial_user_attributes", "key, value_json"),
      ];
      database.close();
      // Nobody can read this one.
      const isReadable = (row: string): boolean => !row.includes("BetaDistribution");
      return found.map((table) => table.map(String).filter(isReadable).sort());
    });
    expect(copy).toEqual(original);
  });

  it("has the trials that an index misses, which a run refuses to go on without", () => {
    write();
    makeIndexLie(path, "ix_trials_study_id", (database) => {
      database.exec("INSERT INTO trials (number, study_id, state) VALUES (300, 1, 'FAIL')");
    });
    expect(() => trialsOf(path, "first")).toThrow(/ix_trials_study_id has 300 of the 301 rows of study "first"/);
    expect(trialsOf(path, "second")).toHaveLength(300);
    expect(errorOfRun()).toMatchObject(damaged);
    const { output, ...told } = repairCopy(path);
    expect(told).toEqual({ studies: 2, trials: 601, losses: [] });
    expect(trialsOf(output, "first")).toHaveLength(301);
  });

  it.each(["trial_params", "trials", "trial_values"])(
    "of a file with a damaged page of %s has all the rest",
    async (table) => {
      write();
      const before = { first: trialsOf(path, "first"), second: trialsOf(path, "second") };
      damagePage(path, table);
      expect(errorOfRun()).toMatchObject(damaged);
      expect(() => trialsOf(path, "second")).toThrow(/^Cannot read study "second": .*studies\.db is damaged/);
      expect(trialsOf(path, "first")).toEqual(before.first);
      const { output, losses } = repairCopy(path);
      expect(losses[0]).toBe(`Some rows of the table ${table} cannot be read.`);
      expect(trialsOf(output, "first")).toEqual(before.first);
      // The last page has the newest trials. Those that lost a row are FAIL, or lack what was on the page.
      const after = trialsOf(output, "second");
      const same = after.filter((trial, i) => JSON.stringify(trial) === JSON.stringify(before.second[i]));
      expect(same.length).toBeGreaterThan(150);
      expect(same.length).toBeLessThan(300);
      const storage = openSqliteStorage(output);
      const study = loadStudy({ storage, name: "second", sampler: random() });
      await study.optimize((trial) => trial.suggestFloat("x", 0, 1), { totalTrials: 302 });
      expect(study.trials.map(({ number }) => number)).toEqual(study.trials.map((_, i) => i));
      expect(countFinished(study.trials)).toBe(302);
      storage.close();
    },
  );

  it.each([
    [
      "UPDATE trials SET datetime_start = 20260301 WHERE trial_id = 5",
      /trial 4: the time 20260301 cannot be read/,
      "COMPLETE",
    ],
    [
      "UPDATE trial_params SET distribution_json = '{' WHERE trial_id = 5",
      /trial 4: the stored distribution .* In the copy it is FAIL/,
      "FAIL",
    ],
    ["DELETE FROM trials WHERE trial_id = 5", /trial 4: its row cannot be read. In the copy it is FAIL/, "FAIL"],
    [
      "UPDATE trial_values SET value = 'x' WHERE trial_id = 5",
      /trial 4: the stored value .* In the copy it is FAIL/,
      "FAIL",
    ],
  ])("after %s says what is lost, and keeps the other trials' numbers", (sql, loss, state) => {
    write();
    const before = trialsOf(path, "first");
    change(`PRAGMA foreign_keys = OFF; ${sql}`);
    const { output, losses } = repairCopy(path);
    expect(losses).toContainEqual(expect.stringMatching(loss));
    const after = trialsOf(output, "first");
    expect(after.map(({ number }) => number)).toEqual(before.map(({ number }) => number));
    expect(after[4]!.state).toBe(state);
    expect(after.toSpliced(4, 1)).toEqual(before.toSpliced(4, 1));
    expect(trialsOf(output, "second")).toEqual(trialsOf(path, "second"));
  });

  it("is not made over a file that is there, nor of what is no database of studies", () => {
    write();
    expect(codeOf(() => repairCopy(path, { output: path }))).toBe("storage-exists");
    expect(codeOf(() => repairCopy(join(folder, "none.db")))).toBe("storage-not-found");
    rmSync(path);
    change("CREATE TABLE bookmarks (url TEXT)");
    expect(codeOf(() => repairCopy(path))).toBe("not-a-study-database");
    expect(existsSync(join(folder, "studies.repaired.db"))).toBe(false);
    expect(readdirSync(folder)).toEqual(["studies.db"]);
  });
});
