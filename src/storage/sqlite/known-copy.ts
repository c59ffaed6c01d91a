import { isFinished, type TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { KnownStudy } from "../known-studies.js";
import { Connection } from "./connection.js";
import { childTables } from "./schema.js";
import { openSqliteStorage, type SqliteStorage } from "./sqlite-storage.js";

/** A file with these studies, under the ids that they and their trials have. */
export function writeStudies(path: string, studies: readonly KnownStudy[]): void {
  const storage = openSqliteStorage(path);
  const [studyIds, trialIds] = [new Map<number, number>(), new Map<number, number>()];
  try {
    for (const { study, trials } of studies) {
      const id = storage.createStudy(study.name, study.directions, { ...study, trials });
      studyIds.set(id, study.id);
      storage.getTrials(id).forEach((trial, i) => trialIds.set(trial.id, trials[i]!.id));
    }
  } finally {
    storage.close();
  }
  const connection = new Connection(path);
  try {
    connection.write(() => {
      connection.database.pragma("defer_foreign_keys = ON");
      for (const [scope, ids] of [
        ["study", studyIds],
        ["trial", trialIds],
      ] as const)
        for (const table of tablesWith(`${scope}_id`)) renumber(connection, table, `${scope}_id`, ids);
    });
  } finally {
    connection.close();
  }
}

function tablesWith(column: "study_id" | "trial_id"): string[] {
  const owner = column === "study_id" ? "study" : "trial";
  return [
    ...childTables.filter(([, of]) => of === owner).map(([table]) => table),
    ...(owner === "trial" ? ["trials"] : []),
  ];
}

/** By way of negative numbers, which no id is. */
function renumber({ database }: Connection, table: string, column: string, ids: ReadonlyMap<number, number>): void {
  const update = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`);
  for (const [from, to] of ids) update.run(-to, from);
  database.exec(`UPDATE ${table} SET ${column} = -${column}`);
}

/** Whether a file holds all of these studies, with all that is known of their trials. */
export function holdsStudies(path: string, studies: readonly KnownStudy[]): boolean {
  let storage: SqliteStorage | undefined;
  try {
    storage = openSqliteStorage(path, { readOnly: true });
    for (const { study, trials } of studies) {
      const stored = new Map(storage.getTrials(study.id).map((trial) => [trial.id, trial]));
      if (storage.getStudy(study.id).name !== study.name) return false;
      if (!trials.every((trial) => isAsFar(stored.get(trial.id), trial))) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    storage?.close();
  }
}

function isAsFar(stored: TrialSnapshot | undefined, known: TrialSnapshot): boolean {
  if (!stored || stored.number !== known.number) return false;
  if (isFinished(known.state)) return stored.state === known.state;
  const sizes = ({ params, intermediateValues }: TrialSnapshot) => [
    Object.keys(params).length,
    intermediateValues.size,
  ];
  const [now, before] = [sizes(stored), sizes(known)];
  return now.every((size, i) => size >= before[i]!);
}
