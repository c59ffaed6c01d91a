import { describe, expect, it } from "vitest";
import { type Field, fieldsOf } from "../../src/query/fields.js";
import { compileFilter, fieldsIn } from "../../src/query/filter.js";
import type { QueryError } from "../../src/query/query-error.js";
import { makeTrial } from "../inspector/make-trial.js";

const study = {
  directions: ["minimize", "maximize"] as const,
  metricNames: ["val_loss", "frames per second"],
  params: ["lr", "optimizer", "m.units", "state", "batch size", "and", "flag"],
  attributes: ["notes", "lr", "labels", "shape"],
  systemAttrs: { "tunelens:1:tags": ["promising"], "dashboard:6:note_ver": 1, "dashboard:6:note_str:0": "Try longer." },
};

const day = (hour: number) => new Date(2026, 2, 14, hour);

const trials = [
  makeTrial(0, {
    values: [0.5, 30],
    params: { lr: 0.1, optimizer: "adam", flag: true },
    userAttrs: { notes: "Good enough", labels: ["vision", "small"] },
    intermediateValues: new Map([
      [0, 0.9],
      [1, 0.3],
      [2, 0.5],
    ]),
    datetimeStart: day(9),
    datetimeComplete: day(10),
    systemAttrs: { "tunelens:peak_memory": { bytes: 5e8, since: "trial" } },
  }),
  makeTrial(1, {
    state: "FAIL",
    values: null,
    params: { lr: 0.01, optimizer: "SGD" },
    systemAttrs: { fail_reason: "Out of memory" },
  }),
  makeTrial(2, { state: "FAIL", values: null, systemAttrs: { fail_reason: "stopped" } }),
  makeTrial(3, { state: "PRUNED", values: [-Infinity, 1], params: { lr: NaN, optimizer: null, flag: false } }),
  makeTrial(4, { state: "RUNNING", values: null, datetimeComplete: null, params: { "batch size": 32, "m.units": 8 } }),
  makeTrial(5, {
    values: [0.1, 60],
    params: { lr: 1e-3, optimizer: "sgd", state: "warm", and: 3, "batch size": 64 },
    userAttrs: { lr: "high", shape: { width: 3 } },
    datetimeStart: new Date(2026, 2, 15, 0),
    datetimeComplete: new Date(2026, 2, 15, 0, 1, 30),
  }),
];

function matching(query: string): number[] {
  const matches = compileFilter(query, study);
  return trials.filter(matches).map(({ number }) => number);
}

function errorOf(query: string): { readonly message: string; readonly at: string } {
  try {
    compileFilter(query, study);
  } catch (error) {
    const { message, from, to } = error as QueryError;
    return { message, at: query.slice(from, to) };
  }
  throw new Error(`${query} has no error.`);
}

describe("a field", () => {
  it("says whether parameters and intermediate values say it", () => {
    const without = {
      params: {},
      internalParams: {},
      distributions: {},
      intermediateValues: new Map<number, number>(),
    };
    const changes = ({ get }: Field) =>
      trials.some((trial) => JSON.stringify(get(trial)) !== JSON.stringify(get({ ...trial, ...without })));
    for (const field of fieldsOf(study)) expect([field.name, field.isInFull]).toEqual([field.name, changes(field)]);
    const inFull = fieldsOf(study).flatMap(({ name, isInFull }) => (isInFull ? [name] : []));
    expect(inFull).toEqual(["last", "best", "steps", "lastStep", ...study.params]);
  });
});

describe("a filter", () => {
  it("names fields, wherever they stand in it", () => {
    const names = (query: string) => fieldsIn(query, study).map(({ scope, name }) => `${scope} ${name}`);
    expect(names("lr > 0 and not (state = complete or attributes.lr exists)")).toEqual([
      "params lr",
      "null state",
      "attributes lr",
    ]);
    expect(names("")).toEqual([]);
    expect(() => names("nothing = 1")).toThrow("No field is named nothing.");
  });

  it.each<[query: string, numbers: number[]]>([
    ["", [0, 1, 2, 3, 4, 5]],
    ["number >= 4", [4, 5]],
    ["number = #3", [3]],
    ["number in (0, 5)", [0, 5]],
    ["number not in (0, 5)", [1, 2, 3, 4]],
    ["value < 0.4", [3, 5]],
    ["val_loss < 0.4", [3, 5]],
    ["value = -inf", [3]],
    ["values[1] > 20", [0, 5]],
    ["`frames per second` > 40", [5]],
    ["values.`frames per second` > 40", [5]],
    ["VALUE < 0.4", [3, 5]],
    ["state = complete", [0, 5]],
    ["state = COMPLETE", [0, 5]],
    ["state in (failed, RUNNING)", [1, 4]],
    ["state = FAIL", [1]],
    ["state = stopped", [2]],
    ["state != stopped", [0, 1, 3, 4, 5]],
    ["params.state = warm", [5]],
    ["`state` = warm", [5]],
    ["lr > 0.001", [0, 1]],
    ["lr = nan", [3]],
    ["lr != nan", [0, 1, 2, 4, 5]],
    ["attributes.lr = high", [5]],
    ["lr exists", [0, 1, 3, 5]],
    ["not lr exists", [2, 4]],
    ["optimizer = sgd", [1, 5]],
    ['optimizer = "sgd"', [5]],
    ["optimizer = null", [3]],
    ['optimizer = "null"', []],
    ["optimizer contains GD", [1, 5]],
    ["optimizer in (adam, 'SGD')", [0, 1]],
    ["flag = true", [0]],
    ["flag = FALSE", [3]],
    ["m.units = 8", [4]],
    ["params.m.units = 8", [4]],
    ["`batch size` <= 32", [4]],
    ["`and` = 3 and `batch size` = 64", [5]],
    ["notes contains 'good'", [0]],
    ["labels contains vision", [0]],
    ["labels contains vis", []],
    ["labels = small", [0]],
    [`shape = '{"width":3}'`, [5]],
    ["last = 0.5", [0]],
    ["best = 0.3", [0]],
    ["steps = 3", [0]],
    ["lastStep >= 2", [0]],
    ["duration = 1h", [0]],
    ["duration > 1m and duration < 2m", [5]],
    ["duration = 1 min 30 s", [5]],
    ["duration >= 90", [0, 5]],
    ["memory >= 500MB", [0]],
    ["memory > 0.5 GB", []],
    ["started = 2026-03-14", [0]],
    ["started > 2026-03-14", [5]],
    ["started >= '2026-03-14 09:00' and started <= 2026-03-14T09:00", [0]],
    ["tags contains Promising", [0]],
    ["tags = promising or note contains longer", [0, 5]],
    ["note exists", [5]],
    ["failReason contains memory", [1]],
    ["number = 0 or number = 1 and state = failed", [0, 1]],
    ["(number = 0 or number = 1) and state = failed", [1]],
    ["not (state = failed or state = stopped)", [0, 3, 4, 5]],
    ["NOT number < 5", [5]],
    ["number==5", [5]],
  ])("%s", (query, numbers) => {
    expect(matching(query)).toEqual(numbers);
  });

  it.each<[query: string, at: string, message: string]>([
    ["val_los < 0.4", "val_los", "No field is named val_los. Did you mean val_loss?"],
    ["batchsize = 3", "batchsize", "No field is named batchsize. Did you mean `batch size`?"],
    ["value < small", "small", "value is compared with a number, not with small."],
    ["duration > 5 parsecs", "parsecs", "Write and or or between conditions."],
    ["duration > 5parsecs", "5parsecs", "duration is compared with a duration, such as 90s or 5m, not with 5parsecs."],
    [
      "started > yesterday",
      "yesterday",
      'started is compared with a time, such as 2026-03-14 or "2026-03-14 09:26", not with yesterday.',
    ],
    [
      "started > 2026-02-30",
      "2026-02-30",
      'started is compared with a time, such as 2026-03-14 or "2026-03-14 09:26", not with 2026-02-30.',
    ],
    ["state = done", "done", "No state is named done. Use complete, running, paused, pruned, failed, stopped, queued."],
    ["state < pruned", "pruned", "States are compared with =, !=, in, or not in."],
    ["number contains 3", "3", "Only text and lists can contain something."],
    ["value < 1 && state = pruned", "&&", "Write and or or between conditions. Did you mean and?"],
    ["!(value < 1)", "!", '"!" is not an operator. Did you mean not?'],
    ["value <", "", "Expected a value at the end."],
    ["value 3", "3", "Expected an operator after value: =, !=, <, <=, >, >=, in, contains, or exists."],
    ["value < 3 and", "", "Expected a field, such as value, state, or a parameter's name at the end."],
    ["(value < 3", "", "Expected a closing parenthesis at the end."],
    ["value in 3", "3", "Expected a list in parentheses, such as (1, 2)."],
    ["optimizer = 'sgd", "'sgd", "' is not closed."],
    ["`and", "`and", "` is not closed."],
    ["(".repeat(200), "(", "A filter has at most 100 conditions in each other."],
  ])("%s: the error is at its place", (query, at, message) => {
    expect(errorOf(query)).toEqual({ message, at });
  });

  it("takes well under 100 ms for 100,000 trials", () => {
    const many = Array.from({ length: 100_000 }, (_, number) => ({ ...trials[number % trials.length]!, number }));
    const matches = compileFilter("val_loss < 0.4 and optimizer = sgd or state = pruned and not lr > 0.2", study);
    const begin = performance.now();
    expect(many.filter(matches)).toHaveLength(33_333);
    expect(performance.now() - begin).toBeLessThan(400);
  });
});
