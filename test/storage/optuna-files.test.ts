import { copyFileSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CategoricalChoice, Distribution } from "../../src/engine/distribution.js";
import type { TrialSnapshot, Json } from "../../src/engine/trial/trial-snapshot.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../temporary-folder.js";

/** What Optuna 5.0.0 itself read from the fixtures; floats JSON would lose are `{"$float": "inf"}`. */
interface Dump {
  readonly studies: readonly {
    readonly study_id: number;
    readonly study_name: string;
    readonly directions: readonly string[];
    readonly user_attrs: Record<string, Json>;
    readonly system_attrs: Record<string, Json>;
    readonly trials: readonly DumpedTrial[];
  }[];
}
interface DumpedDistribution {
  readonly name: string;
  readonly attributes: {
    readonly low: number;
    readonly high: number;
    readonly log: boolean;
    readonly step: number;
    readonly q: number;
    readonly choices: readonly CategoricalChoice[];
  };
}
interface DumpedTrial {
  readonly trial_id: number;
  readonly number: number;
  readonly state: string;
  readonly values: readonly number[] | null;
  readonly datetime_start: string | null;
  readonly datetime_complete: string | null;
  readonly params: Record<string, Json>;
  readonly params_internal: Record<string, number>;
  readonly distributions: Record<string, DumpedDistribution>;
  readonly intermediate_values: Record<string, number>;
  readonly user_attrs: Record<string, Json>;
  readonly system_attrs: Record<string, Json>;
}

const fixtures = new URL("../fixtures/optuna/", import.meta.url);
const floats: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };

function readDump(name: string): Dump {
  return JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), "utf8"), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !("$float" in value)) return value;
    return floats[String(value.$float)] ?? Number(value.$float);
  }) as Dump;
}

function expectedDistribution({ name, attributes }: DumpedDistribution): Distribution {
  const { low, high, log, step, q, choices } = attributes;
  const float = { type: "float", low, high, log: false, step: null } as const;
  const int = { type: "int", low, high, log: false, step } as const;
  const byName: Record<string, Distribution> = {
    FloatDistribution: { ...float, log, step },
    UniformDistribution: float,
    LogUniformDistribution: { ...float, log: true },
    DiscreteUniformDistribution: { ...float, step: q },
    IntDistribution: { ...int, log },
    IntUniformDistribution: int,
    IntLogUniformDistribution: { ...int, log: true },
    CategoricalDistribution: { type: "categorical", choices },
  };
  return byName[name]!;
}

const mapValues = <From, To>(record: Record<string, From>, to: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));

const expectedDate = (text: string | null): Date | null => (text === null ? null : new Date(`${text.slice(0, 23)}Z`));

function expectedTrial(trial: DumpedTrial): TrialSnapshot {
  return {
    id: trial.trial_id,
    number: trial.number,
    state: trial.state as TrialSnapshot["state"],
    values: trial.values,
    params: trial.params as TrialSnapshot["params"],
    internalParams: trial.params_internal,
    distributions: mapValues(trial.distributions, expectedDistribution),
    intermediateValues: new Map(
      Object.entries(trial.intermediate_values).map(([step, value]) => [Number(step), value]),
    ),
    userAttrs: trial.user_attrs,
    systemAttrs: trial.system_attrs,
    datetimeStart: expectedDate(trial.datetime_start),
    datetimeComplete: expectedDate(trial.datetime_complete),
  };
}

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function copyOf(name: string): string {
  const path = join(folder, `${name}.db`);
  copyFileSync(new URL(`${name}.db`, fixtures), path);
  return path;
}

describe.each(["variety", "heartbeat", "empty"])("Optuna's %s.db", (name) => {
  it("reads as Optuna reads it, and a look leaves it as it was", () => {
    const path = copyOf(name);
    const before = { bytes: readFileSync(path), changed: statSync(path).mtimeMs };
    const dump = readDump(name);
    const storage = openSqliteStorage(path, { readOnly: true });
    expect(storage.getStudies().map(({ id }) => storage.getStudy(id))).toEqual(
      dump.studies.map((study) => ({
        id: study.study_id,
        name: study.study_name,
        directions: study.directions.map((direction) => direction.toLowerCase()),
        userAttrs: study.user_attrs,
        systemAttrs: study.system_attrs,
      })),
    );
    for (const study of dump.studies) {
      const trials = storage.getTrials(study.study_id);
      expect(trials).toEqual(study.trials.map(expectedTrial));
      trials.forEach((trial, i) => {
        const dumped = study.trials[i]!;
        expect(Object.keys(trial.params)).toEqual(Object.keys(dumped.params));
        expect(storage.getTrial(trial.id)).toEqual(trial);
      });
    }
    storage.close();
    expect(readFileSync(path).equals(before.bytes)).toBe(true);
    expect(statSync(path).mtimeMs).toBe(before.changed);
    expect(readdirSync(folder)).toEqual([`${name}.db`]);
  });

  it("goes on in its own journal mode", () => {
    const path = copyOf(name);
    const storage = openSqliteStorage(path);
    const study = storage.createStudy("ours", ["minimize"]);
    expect(storage.createTrial(study).number).toBe(0);
    storage.close();
    expect(readFileSync(path).subarray(18, 20)).toEqual(Buffer.from([1, 1]));
    expect(readdirSync(folder)).toEqual([`${name}.db`]);
  });
});

describe("a study that Optuna began", () => {
  it("is continued under its numbers and distributions", () => {
    const storage = openSqliteStorage(copyOf("variety"));
    const study = storage.findStudy("all-distributions")!;
    const before = storage.getTrials(study);
    const waiting = before.filter(({ state }) => state === "WAITING");
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.map(() => storage.claimWaitingTrial(study))).toEqual(waiting.map(({ id }) => id));
    expect(storage.claimWaitingTrial(study)).toBeUndefined();
    const { id, number } = storage.createTrial(study);
    expect(number).toBe(before.length);
    const first = before[0]!;
    for (const [name, distribution] of Object.entries(first.distributions))
      storage.setTrialParam(id, name, first.internalParams[name]!, distribution);
    expect(storage.getTrial(id).params).toEqual(first.params);
    storage.close();
  });

  it("lists the trial whose heart stopped", () => {
    const storage = openSqliteStorage(copyOf("heartbeat"), { readOnly: true });
    expect(storage.getStaleTrials(1, 60)).toEqual([4]);
    storage.close();
  });
});
