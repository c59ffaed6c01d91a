import { execFileSync } from "node:child_process";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import { copyStudy } from "../../src/engine/study/copy-study.js";
import { DuplicateStudyError } from "../../src/engine/errors.js";
import { createFollowUp } from "../../src/engine/study/follow-up.js";
import { random } from "../../src/engine/samplers/random.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { loadStudy } from "../../src/engine/study/load-study.js";
import { MemoryStorage } from "../../src/storage/memory.js";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { findPython } from "./children/find-python.js";
import { inexactFile } from "./inexact-file.js";

let folder: string;
let path: string;
let storage: SqliteStorage;
const file = inexactFile();
beforeEach(() => {
  ({ folder, path, storage } = file());
});

const queries = [
  "SELECT objective, direction FROM study_directions WHERE study_id = :id ORDER BY 1",
  `SELECT key, value_json FROM study_user_attributes WHERE study_id = :id ORDER BY 1`,
  `SELECT key, value_json FROM study_system_attributes WHERE study_id = :id AND key NOT LIKE 'tunelens:%' ORDER BY 1`,
  "SELECT number, state, datetime_start, datetime_complete FROM trials WHERE study_id = :id ORDER BY number",
  ...[
    ["trial_params", "param_name, typeof(param_value), param_value, distribution_json"],
    ["trial_values", "objective, typeof(value), value, value_type"],
    ["trial_intermediate_values", "typeof(step), step, intermediate_value, intermediate_value_type"],
    ["trial_user_attributes", "key, value_json"],
    ["trial_system_attributes", "key, value_json"],
  ].map(
    ([table, columns]) =>
      `SELECT number, ${columns} FROM ${table} JOIN trials USING (trial_id) WHERE study_id = :id ` +
      `${table === "trial_system_attributes" ? "AND key NOT LIKE 'tunelens:%' " : ""}ORDER BY ${table}.rowid`,
  ),
];

/** All that the tables hold of a study, but for ids, to the letter. */
function rowsOf(file: string, study: string): unknown[] {
  const database = new Database(file, { readonly: true });
  try {
    const id = database.prepare("SELECT study_id FROM studies WHERE study_name = ?").pluck().get(study);
    return queries.map((sql) => database.prepare(sql).safeIntegers().raw().all({ id }));
  } finally {
    database.close();
  }
}

describe("a copy of a study of Python", () => {
  it.each(["exact", "seed", "lists"])("is equal to the letter (%s)", (name) => {
    const other = join(folder, "other.db");
    const to = openSqliteStorage(other);
    createStudy({ storage: to, name: "first" }).ask();
    const copy = copyStudy({ name, from: storage, to });
    expect(copy.trials).toHaveLength(storage.getTrials(storage.findStudy(name)!).length);
    to.close();
    copyStudy({ name, from: storage, to: storage, newName: "copy" });
    expect(rowsOf(other, name)).toEqual(rowsOf(path, name));
    expect(rowsOf(path, "copy")).toEqual(rowsOf(path, name));
  });

  it("is one too where we cannot read the study", () => {
    for (const name of ["class", "json"]) {
      storage.copyStudy(`${name} again`, { from: storage, studyId: storage.findStudy(name)! });
      expect(rowsOf(path, `${name} again`)).toEqual(rowsOf(path, name));
    }
  });

  it("has a study and ids of its own, or is not there", async () => {
    expect(() => copyStudy({ name: "exact", from: storage, to: storage })).toThrow(DuplicateStudyError);
    const copy = copyStudy({ name: "exact", from: storage, to: storage, newName: "copy" });
    await createStudy({ storage, name: "copy", loadIfExists: true, sampler: random() }).optimize(
      (trial) => trial.suggestFloat("x", 0, 1),
      { trials: 1 },
    );
    expect(copy.trials.map(({ number }) => number)).toEqual([0, 1, 2]);
    expect(loadStudy({ storage, name: "exact" }).trials).toHaveLength(2);
  });

  it("is a follow-up study's beginning, to the letter", () => {
    const trials = storage.getTrials(storage.findStudy("lists")!);
    createFollowUp({
      storage,
      name: "lists",
      newName: "next",
      freeze: [{ name: "layers", value: trials[1]!.params["layers"]! }],
    });
    const taken = (rows: unknown[]) => (rows[4] as [bigint, ...unknown[]][]).map(([, ...row]) => row);
    const kept = taken(rowsOf(path, "next"));
    expect(kept).toHaveLength(9);
    const all = new Set(taken(rowsOf(path, "lists")).map((row) => JSON.stringify(row)));
    for (const row of kept) expect(all).toContain(JSON.stringify(row));
  });

  it("is made of what is known where one of them is no file", () => {
    const memory = new MemoryStorage();
    expect(copyStudy({ name: "exact", from: storage, to: memory }).trials).toHaveLength(2);
    expect(copyStudy({ name: "exact", from: memory, to: storage, newName: "back" }).bestValue).toBe(
      loadStudy({ storage, name: "exact" }).bestValue,
    );
  });
});

const python = findPython();
/** With lists where the study was begun with tuples, as Optuna itself reads these back. */
const CONTINUES = `
import runpy, sys, warnings
import optuna
warnings.simplefilter("ignore")
url = f"sqlite:///{sys.argv[1]}"
CHOICES = [None, float("nan"), 1, 1.0, True, "1", [1, 2], [1, [2.0, None]], {"a": [2**53 + 1]}]
def listed(trial):
    layers = trial.suggest_categorical("layers", [[64], [64, 32], [[64], [32.0]]])
    trial.suggest_categorical("mixed", CHOICES)
    return len(layers)
optuna.load_study(study_name="lists copy", storage=url).optimize(listed, n_trials=3)
seed = optuna.load_study(study_name="seed copy", storage=url)
seed.optimize(lambda trial: trial.suggest_int("seed", 0, 2**63 - 1), n_trials=2)
assert seed.user_attrs["commit"] == 2**64 - 1
assert seed.trials[0].user_attrs == {"id": 2**63 + 1, "nested": {"ids": [1, 2**53 + 1], "text": str(2**64)}}
assert list(seed.trials[0].intermediate_values) == [2**53 + 1]
assert seed.trials[3].params["seed"] == float(2**62 + 1)
print(len(seed.trials))
`;

it.skipIf(!python)("Python's Optuna goes on with a copy", async () => {
  for (const name of ["seed", "lists"]) copyStudy({ name, from: storage, to: storage, newName: `${name} copy` });
  const lists = createStudy({ storage, name: "lists copy", loadIfExists: true, sampler: random() });
  await lists.optimize((trial) => trial.suggestFloat("x", 0, 1), { trials: 1 });
  storage.close();
  expect(execFileSync(python!, ["-c", CONTINUES, path], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })).toBe(
    "5\n",
  );
});
