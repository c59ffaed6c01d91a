import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import Database from "better-sqlite3";
import { temporaryFolder } from "../temporary-folder.js";

/** What stands in a database file, read without Tunelens and without touching the file. */

export interface StoredTrial {
  readonly number: number;
  readonly state: string;
  /** Everything that belongs to it, as rows, to be compared. */
  readonly rows: string;
  /** Why it failed; undefined: nobody said. */
  readonly failReason: string | undefined;
  readonly value: number | undefined;
  readonly params: Readonly<Record<string, number>>;
}

const storedParts = [
  ["trial_params", "param_name, param_value, distribution_json"],
  ["trial_values", "objective, value, value_type"],
  ["trial_intermediate_values", "step, intermediate_value, intermediate_value_type"],
  ["trial_user_attributes", '"key", value_json'],
  ["trial_system_attributes", '"key", value_json'],
] as const;

/** Gives a look at a copy of a database with its log, as another process would find it. */
export function lookInto<T>(path: string, look: (database: Database.Database) => T): T {
  const folder = temporaryFolder();
  const copy = join(folder, "copy.db");
  try {
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    const database = new Database(copy);
    try {
      return look(database);
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The trials of a study, by number; none where the study or its tables are not there yet. */
export function storedTrials(path: string, study: string): StoredTrial[] {
  if (!existsSync(path)) return [];
  return lookInto(path, (database) => {
    const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'trial_heartbeats'").get();
    if (!has) return [];
    // The rows of a view may never end.
    const views = database.prepare("SELECT name FROM sqlite_master WHERE type = 'view'").pluck().all();
    if (views.length > 0) throw new Error(`${views.join(", ")} is no table`);
    const trials = database
      .prepare(
        "SELECT trials.* FROM trials JOIN studies USING (study_id) WHERE study_name = ? ORDER BY number, trial_id",
      )
      .all(study) as { trial_id: number; number: number; state: string }[];
    return trials.map((trial) => storedTrial(database, trial));
  });
}

function storedTrial(
  database: Database.Database,
  { trial_id: id, number, state, ...rest }: { trial_id: number; number: number; state: string },
): StoredTrial {
  const parts = storedParts.map(([table, columns]) =>
    database.prepare(`SELECT ${columns} FROM ${table} WHERE trial_id = ? ORDER BY 1`).raw().all(id),
  );
  const [params, values, , , attrs] = parts as [[string, number][], [number, number][], unknown, unknown, string[][]];
  const reason = attrs.find(([key]) => key === "fail_reason" || key === "tunelens:fail_reason")?.[1];
  return {
    number,
    state,
    rows: JSON.stringify([rest, parts]),
    failReason: reason === undefined ? undefined : String(JSON.parse(reason)),
    value: values[0]?.[1],
    params: Object.fromEntries(params.map(([name, value]) => [name, value])),
  };
}

export function isFinished({ state }: StoredTrial): boolean {
  return ["COMPLETE", "PRUNED", "FAIL"].includes(state);
}

/** Those that count as run: finished, and not stopped by the user. */
export function countsAsRun(trial: StoredTrial): boolean {
  return isFinished(trial) && trial.failReason !== "stopped";
}

/** What SQLite says of the file: `["ok"]` where nothing is wrong. */
export function integrity(path: string): string[] {
  return lookInto(path, (database) => database.prepare("PRAGMA integrity_check").pluck().all() as string[]);
}

/** @throws where a trial that was finished before is not there any more as it was. */
export function assertKept(before: readonly StoredTrial[], after: readonly StoredTrial[], when: string): void {
  for (const trial of before.filter(isFinished)) {
    const now = after.find(({ number }) => number === trial.number);
    assert.ok(now, `trial ${trial.number} (${trial.state}) was there ${when} and is gone`);
    assert.deepEqual(
      [now.state, now.rows],
      [trial.state, trial.rows],
      `trial ${trial.number} is not as it was ${when}`,
    );
  }
}

/** What a terminal printed as finished: trial number to state. */
export function acknowledged(stdout: string): Map<number, string> {
  const lines = stdout.matchAll(/\bTrial (\d+): (COMPLETE|PRUNED|FAIL)\b/g);
  return new Map([...lines].map(([, number, state]) => [Number(number), state!]));
}

/** @throws where a trial that a person has read of as finished is not there, or in another state. */
export function assertAcknowledged(told: ReadonlyMap<number, string>, trials: readonly StoredTrial[]): void {
  for (const [number, state] of told) {
    const trial = trials.find((each) => each.number === number);
    assert.equal(trial?.state, state, `trial ${number} was printed as ${state}`);
  }
}
