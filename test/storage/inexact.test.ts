import { beforeEach, describe, expect, it } from "vitest";
import { getStudySummaries } from "../../src/engine/study/study-summaries.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { random } from "../../src/engine/samplers/random.js";
import { Inspector } from "../../src/inspector/inspector.js";
import { isExact } from "../../src/storage/python-json.js";
import type { SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { inexactFile } from "./inexact-file.js";

let path: string;
let storage: SqliteStorage;
const file = inexactFile();
beforeEach(() => {
  ({ path, storage } = file());
});

describe("studies of Python with numbers beyond 2^53", () => {
  it("are read to the nearest double, and say what is not exact", () => {
    const id = storage.findStudy("seed")!;
    const [first, , , waiting] = storage.getTrials(id);
    expect(first!.distributions).toEqual({
      seed: { type: "int", low: 0, high: 2 ** 63, log: false, step: 1 },
      low: { type: "int", low: -(2 ** 63), high: -(2 ** 53) - 2, log: false, step: 2 },
    });
    expect(first!.params).toEqual({ seed: 1054921492019200, low: -6437569410334793000 });
    expect(first!.userAttrs).toEqual({
      id: 2 ** 63,
      nested: { ids: [1, 2 ** 53], text: "18446744073709551616" },
    });
    expect([...first!.intermediateValues]).toEqual([[2 ** 53, 0.5]]);
    expect(first!.inexact).toEqual([
      'distribution of parameter "seed"',
      "steps of intermediate values",
      'user attribute "id"',
      'user attribute "nested"',
    ]);
    expect(waiting!.inexact).toEqual(['system attribute "fixed_params"']);
    expect(storage.getStudy(id)).toMatchObject({
      userAttrs: { commit: 2 ** 64 },
      inexact: ['user attribute "commit"'],
    });
    expect(storage.getTrials(storage.findStudy("exact")!).map(({ inexact }) => inexact)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("go on", async () => {
    const seed = createStudy({ storage, name: "seed", loadIfExists: true, sampler: random(), seed: 1 });
    await seed.optimize((trial) => trial.suggestInt("seed", 0, 2 ** 40) / 2 ** 40, { trials: 2 });
    expect(seed.trials).toHaveLength(5);
    expect(seed.trials[3]!.params["seed"]).toBe(2 ** 62);
  });

  it("are listed beside those that cannot be read, which are named", () => {
    const listed = getStudySummaries({ storage });
    expect(listed.map(({ name }) => name)).toEqual(["exact", "seed", "lists", "class", "json"]);
    expect(listed[0]).toMatchObject({ trials: 2, inexact: [] });
    expect(listed[1]).toMatchObject({
      trials: 4,
      inexact: [
        'user attribute "commit"',
        'distribution of parameter "seed" (3 trials)',
        "steps of intermediate values (3 trials)",
        'user attribute "id" (3 trials)',
        'user attribute "nested" (3 trials)',
        'system attribute "fixed_params" (1 trial)',
      ],
    });
    expect(listed[2]).toMatchObject({ trials: 5, inexact: ['distribution of parameter "mixed" (4 trials)'] });
    expect(listed[3]!.error!.message).toContain(
      'Study "class", trial 0: the stored distribution of parameter "x" cannot be read',
    );
    expect(listed[3]!.error!.message).toContain('"BetaDistribution" is not a distribution of Optuna 5');
    expect(listed[4]!.error!.message).toContain('Study "json": the stored user attribute "note" cannot be read');
  });

  it("are shown by the inspector, each for itself", async () => {
    const inspector = new Inspector({ storageChanged() {}, reading() {} }, () => {});
    const listed = await inspector.listStudies(`sqlite:///${path}`);
    inspector.close();
    expect(listed.map(({ name, finished, error }) => [name, finished, error === null])).toEqual([
      ["exact", 2, true],
      ["seed", 3, true],
      ["lists", 4, true],
      ["class", 0, false],
      ["json", 0, false],
    ]);
    expect(listed[1]!.inexact).toHaveLength(6);
    expect(listed[3]!.error).toContain('Study "class", trial 0: the stored distribution of parameter "x"');
  });
});

it.each([
  ["9007199254740992", true],
  ["9007199254740993", false],
  ["-9007199254740993", false],
  ['[1, {"a": 12345678901234567890}]', false],
  ['{"12345678901234567891": "12345678901234567891"}', true],
  ["1234567890.12345678901", true],
  ["1.2345678901234567e+300", true],
  [`1${"0".repeat(400)}`, false],
])("%s is exact: %s", (text, exact) => expect(isExact(text)).toBe(exact));
