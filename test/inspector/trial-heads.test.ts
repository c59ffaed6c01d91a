import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { floatDistribution, intDistribution } from "../../src/engine/distribution.js";
import { InspectedStudy } from "../../src/inspector/inspected-study.js";
import { TrialHeads } from "../../src/inspector/trial-heads.js";
import { chartNames } from "../../src/protocol/charts.js";
import type { TrialColumn } from "../../src/protocol/inspector.js";
import { fieldText } from "../../src/query/field-text.js";
import { fieldsOf } from "../../src/query/fields.js";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { RandomTrials } from "../storage/random-trials.js";
import { temporaryFolder } from "../temporary-folder.js";

const fixtures = new URL("../fixtures/optuna/", import.meta.url).pathname;
const URL_OF_ALL = "sqlite:///s.db";

function open(path: string, readOnly = true): SqliteStorage {
  const storage = openSqliteStorage(path, { readOnly });
  onTestFinished(() => storage.close());
  return storage;
}

/** A storage that is written to, and one that reads the same file. */
function written(): { writer: SqliteStorage; reader: SqliteStorage } {
  const path = join(temporaryFolder(), "s.db");
  const writer = open(path, false);
  return { writer, reader: open(path) };
}

function inFull(storage: SqliteStorage, id: number): InspectedStudy {
  return new InspectedStudy(URL_OF_ALL, storage.getStudy(id), storage.getTrials(id), {
    olderLibrary: storage.olderLibrary,
  });
}

/** All that heads tell, as the study in full tells it. */
function expectSame(heads: TrialHeads, full: InspectedStudy): void {
  expect(heads.summary()).toEqual(full.summary());
  for (const column of ["number", "state", "value", "duration", "startedAt"] satisfies TrialColumn[])
    for (const descending of [true, false]) {
      const query = { offset: 1, limit: 20, sort: [{ column, descending }] };
      expect(heads.page(query)).toEqual(full.page(query));
    }
  expectSameFiltered(heads, full);
  for (const { number } of full.trials.slice(0, 10)) expect(heads.trial(number)).toEqual(full.trial(number));
  if (full.study.directions.length === 0) return;
  for (const chart of chartNames) {
    const told = heads.chart({ chart });
    if (told) expect(told).toEqual(full.chart({ chart }));
  }
  for (const which of ["mixed", "best", "latest"] as const)
    for (const request of [{ limit: 5 }, { limit: 5, filter: "number > 3" }, { trials: [2, 5] }]) {
      const asked = { chart: "curves", which, ...request } as const;
      expect(heads.chart(asked)).toEqual(full.chart(asked));
    }
  expect(heads.versionFor({ chart: "importance" })).toBe(full.versionFor({ chart: "importance" }));
}

function expectSameFiltered(heads: TrialHeads, full: InspectedStudy): void {
  const rows = { offset: 0, limit: 20 };
  for (const field of fieldsOf(full.queried())) {
    const filter = `number = 3 or not ${fieldText(field)} exists`;
    expect(heads.page({ ...rows, filter })).toEqual(field.isInFull ? undefined : full.page({ ...rows, filter }));
    const values = heads.fieldValues(fieldText(field));
    expect(values).toEqual(field.isInFull ? undefined : full.fieldValues(fieldText(field)));
  }
  const wrong = { ...rows, filter: "nothing = 1" };
  expect(() => heads.page(wrong)).toThrow("No field is named nothing.");
  expect(() => full.page(wrong)).toThrow("No field is named nothing.");
}

/** A timeline ends now. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
});

describe("what is told of a study before it is read in full", () => {
  it.each(["variety", "heartbeat", "empty", "older/v3.2.0.a", "older/v2.6.0.a", "older/v0.9.0.a"])(
    "is the same, of Optuna's %s.db",
    (name) => {
      const path = join(temporaryFolder(), "s.db");
      copyFileSync(join(fixtures, `${name}.db`), path);
      const storage = open(path);
      for (const { id } of storage.getStudies())
        expectSame(TrialHeads.read(URL_OF_ALL, storage, id)!, inFull(storage, id));
    },
  );

  it("is the same of whatever a storage keeps, also where studies lie among each other", () => {
    const { writer, reader } = written();
    const random = new RandomTrials(7);
    const ids = [1, 2, 3].map((objectives) =>
      writer.createStudy(
        `s${objectives}`,
        Array.from({ length: objectives }, () => "minimize"),
      ),
    );
    for (let trial = 0; trial < 120; trial++) {
      const objectives = (trial % 3) + 1;
      writer.createTrial(ids[objectives - 1]!, random.template(objectives));
    }
    for (const id of ids) expectSame(TrialHeads.read(URL_OF_ALL, reader, id)!, inFull(reader, id));
  });

  it("follows what is written: new trials, running ones, a range that becomes another", () => {
    const { writer, reader } = written();
    const id = writer.createStudy("s", ["minimize"]);
    let heads: TrialHeads | undefined;
    const check = () => {
      heads = TrialHeads.read(URL_OF_ALL, reader, id, { before: heads });
      expectSame(heads!, inFull(reader, id));
    };
    check();
    const first = writer.createTrial(id).id;
    writer.setTrialParam(first, "b", 1, intDistribution(1, 8));
    check();
    const second = writer.createTrial(id).id;
    writer.setTrialParam(second, "a", 0.5, floatDistribution(0, 1));
    writer.setTrialIntermediateValue(second, 3, 0.25);
    writer.setTrialState(second, "COMPLETE", [0.25]);
    check();
    writer.setTrialUserAttr(first, "seen", true);
    writer.setTrialState(first, "COMPLETE", [0.125]);
    check();
    const third = writer.createTrial(id).id;
    writer.setTrialParam(third, "b", 9, intDistribution(1, 16));
    check();
  });

  it("is nothing, or the same error, where single trials say what there is to say", () => {
    const path = join(temporaryFolder(), "s.db");
    copyFileSync(join(fixtures, "inexact.db"), path);
    const storage = open(path);
    const told = storage.getStudies().map(({ id }) => {
      try {
        const heads = TrialHeads.read(URL_OF_ALL, storage, id);
        if (heads) expectSame(heads, inFull(storage, id));
        return heads;
      } catch (error) {
        expect(() => inFull(storage, id)).toThrow((error as Error).message);
        return null;
      }
    });
    expect(told).toContain(undefined);
    expect(told).toContain(null);
  });

  it("leaves out what needs parameters and intermediate values", () => {
    const storage = open(join(fixtures, "variety.db"));
    const heads = TrialHeads.read(URL_OF_ALL, storage, 1)!;
    const rows = { offset: 0, limit: 10 };
    const { name } = heads.summary().params[0]!;
    expect(heads.page({ ...rows, sort: [{ column: "param:x", descending: true }] })).toBeUndefined();
    expect(heads.page({ ...rows, sort: [{ column: "lastStep", descending: true }] })).toBeUndefined();
    expect(heads.page({ ...rows, filter: `number > 0 and ${name} exists` })).toBeUndefined();
    expect(heads.chart({ chart: "history", filter: `${name} exists` })).toBeUndefined();
    expect(heads.chart({ chart: "curves", which: "density" })).toBeUndefined();
    expect(chartNames.filter((chart) => heads.chart({ chart }))).toEqual([
      "history",
      "curves",
      "pareto-front",
      "hypervolume",
      "edf",
      "timeline",
    ]);
  });
});
