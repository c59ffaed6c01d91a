import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ParamValue } from "../../../src/engine/distribution.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { defineStudy } from "../../../src/engine/study/define-study.js";
import { continueChanged, createFollowUp, followUpDefinition } from "../../../src/engine/study/follow-up.js";
import { readLearned } from "../../../src/engine/study/learned-trials.js";
import { loadStudy } from "../../../src/engine/study/load-study.js";
import { openStudy } from "../../../src/engine/study/open-study.js";
import { TrialPruned } from "../../../src/engine/errors.js";
import { paramImportances } from "../../../src/engine/importance/importance.js";
import { asha } from "../../../src/engine/schedulers/asha.js";
import { random } from "../../../src/engine/samplers/random.js";
import { branch, categorical, float, int, type Space } from "../../../src/engine/space.js";
import { countFinished } from "../../../src/engine/trial/fail-reason.js";
import { pausedTrials } from "../../../src/engine/trial/paused.js";
import type { Storage } from "../../../src/engine/storage.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { openSqliteStorage } from "../../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../../temporary-folder.js";

const trained: readonly Record<string, ParamValue>[] = [
  { lr: 0.001, units: 16, optimizer: "adam" },
  { lr: 0.01, units: 32, optimizer: "sgd" },
  { lr: 0.1, units: 64, optimizer: "rmsprop" },
];
const space = {
  lr: float(0.001, 0.1),
  units: int(16, 64),
  optimizer: categorical(["adam", "sgd", "rmsprop"]),
};

/** A study "old" with the trials `trained`, whose values are 0, 1, 2. */
function old(storage: Storage = new MemoryStorage()) {
  const study = createStudy({ name: "old", storage, space });
  const distributions = Object.fromEntries(Object.entries(space).map(([key, { distribution }]) => [key, distribution]));
  trained.forEach((params, value) =>
    study.addTrial({
      params,
      distributions,
      value,
      intermediateValues: new Map([[0, value]]),
      constraints: { size: value - 1 },
      userAttrs: { note: value },
      systemAttrs: { "cma:generation": 3 },
    }),
  );
  study.addTrial({ state: "FAIL" });
  return storage;
}

function learned(changed: Space, storage = old()) {
  const study = createStudy({ name: "new", storage, space: changed, learnFrom: ["old"] });
  const [report] = readLearned(storage, "new");
  return { study, report: report!, numbers: study.trials.map(({ values }) => values![0]) };
}

describe("what counts in a changed space", () => {
  it("takes all trials into a wider range, another scale, and more choices", () => {
    const { study, report } = learned({
      lr: float(1e-4, 1, { log: true }),
      units: int(8, 128, { step: 8 }),
      optimizer: categorical(["lion", "rmsprop", "sgd", "adam"]),
    });
    expect(report).toEqual({ study: "old", finished: 3, taken: 3, misfits: [] });
    expect(study.trials.map(({ params }) => params)).toEqual(trained);
    expect(study.trials[0]!.internalParams).toEqual({ lr: 0.001, units: 16, optimizer: 3 });
    expect(study.trials[0]!.distributions["lr"]).toEqual({ type: "float", low: 1e-4, high: 1, log: true, step: null });
    expect(study.bestValue).toBe(0);
  });

  it("leaves out those whose values are outside a narrower range, off the step, or no choice any more", () => {
    expect(learned({ ...space, lr: float(0.005, 0.1) })).toMatchObject({
      numbers: [1, 2],
      report: { finished: 3, taken: 2, misfits: [{ param: "lr", reason: "value", trials: 1 }] },
    });
    expect(learned({ ...space, units: int(16, 64, { step: 48 }) }).numbers).toEqual([0, 2]);
    expect(learned({ ...space, optimizer: categorical(["adam", "sgd"]) }).numbers).toEqual([0, 1]);
  });

  it("gives a new parameter its default, or takes nothing without one", () => {
    const { study } = learned({ ...space, dropout: float(0, 0.5, { default: 0 }) });
    expect(study.trials.map(({ params }) => params["dropout"])).toEqual([0, 0, 0]);
    expect(learned({ ...space, dropout: float(0, 0.5) }).report).toEqual({
      study: "old",
      finished: 3,
      taken: 0,
      misfits: [{ param: "dropout", reason: "missing", trials: 3 }],
    });
  });

  it("drops a parameter that is gone", () => {
    const { lr, units } = space;
    expect(learned({ lr, units }).study.trials.map(({ params }) => Object.keys(params))).toEqual(
      trained.map(() => ["lr", "units"]),
    );
  });

  it("follows a branch that a choice has become: the kinds' own parameters take their defaults", () => {
    const { study, report } = learned({
      ...space,
      optimizer: branch({ adam: { beta: float(0, 1, { default: 0.9 }) }, sgd: { momentum: float(0, 1) } }),
    });
    expect(study.trials.map(({ params }) => params)).toEqual([{ ...trained[0], "optimizer.adam.beta": 0.9 }]);
    expect(report.misfits).toEqual([
      { param: "optimizer.sgd.momentum", reason: "missing", trials: 1 },
      { param: "optimizer", reason: "value", trials: 1 },
    ]);
  });

  it("changes the type of a number where its value allows", () => {
    expect(learned({ ...space, units: float(0, 100) }).numbers).toEqual([0, 1, 2]);
    expect(learned({ ...space, units: categorical([16, 64]) }).numbers).toEqual([0, 2]);
    expect(learned({ ...space, lr: int(0, 1) }).numbers).toEqual([]);
  });
});

describe("a trial that was learned", () => {
  it("keeps its curve, constraints, attributes, and times, says where it is from, and nothing that only its study understands", () => {
    const storage = old();
    const { study } = learned(space, storage);
    const [from, to] = [loadStudy({ storage, name: "old" }).trials[2]!, study.trials[2]!];
    const { state, values, params, intermediateValues, userAttrs, datetimeStart, datetimeComplete } = from;
    const same = { state, values, params, intermediateValues, userAttrs, datetimeStart, datetimeComplete };
    expect(to).toMatchObject(same);
    expect(to.systemAttrs).toEqual({
      "constraints:size": 1,
      "tunelens:learned-from": { study: "old", trial: 2 },
    });
  });

  it.each([
    ["memory", () => new MemoryStorage()],
    ["SQLite", () => openSqliteStorage(join(temporaryFolder(), "studies.db"))],
  ])("is none of the study's trials: they are all run (%s)", async (_name, make) => {
    const storage = old(make());
    const definition = defineStudy({
      ...{ name: "new", space, sampler: random(), seed: 1, trials: 4, learnFrom: ["old"] },
      objective: ({ params: { lr } }) => lr,
    });
    const { study } = openStudy(definition, { storage });
    expect(countFinished(study.trials)).toBe(0);
    await study.optimize(definition.objective, { totalTrials: definition.trials });
    expect(study.trials.length).toBe(3 + 4);
    expect(countFinished(study.trials)).toBe(4);
    expect(paramImportances(study.trials, { directions: study.directions }).length).toBe(3);
    const again = openStudy(definition, { storage });
    expect([again.created, again.study.trials.length]).toEqual([false, 7]);
  });

  it("is neither queued nor proposed again", async () => {
    const storage = new MemoryStorage();
    const small = { n: int(0, 3, { default: 0 }) };
    const first = createStudy({ name: "old", storage, space: small });
    for (const n of [0, 1]) first.addTrial({ params: { n }, distributions: { n: small.n.distribution }, value: n });
    const definition = defineStudy({
      ...{ name: "new", space: small, sampler: random(), learnFrom: ["old"], enqueue: [{ n: 1 }, { n: 3 }] },
      objective: ({ params: { n } }) => n,
    });
    const { study } = openStudy(definition, { storage });
    await study.optimize(definition.objective, { totalTrials: 10 });
    expect(study.trials.map(({ params }) => params["n"])).toEqual([0, 1, 3, 2]);
  });

  it("is taken once, however many studies have it, and with its first origin", () => {
    const storage = old();
    createStudy({ name: "second", storage, space, learnFrom: ["old"] });
    const third = createStudy({ name: "third", storage, space, learnFrom: ["second", "old"] });
    expect(third.trials.map(({ systemAttrs }) => systemAttrs["tunelens:learned-from"])).toEqual(
      [0, 1, 2].map((trial) => ({ study: "old", trial })),
    );
    expect(readLearned(storage, "third").map(({ finished, taken }) => [finished, taken])).toEqual([
      [3, 3],
      [0, 0],
    ]);
  });
});

it("takes the last trial of those that continue one another, which the scheduler may still promote", async () => {
  const storage = new MemoryStorage();
  const scheduler = asha({ maxSteps: 9 });
  const definition = defineStudy({
    ...{ name: "old", space: { x: float(0, 1) }, sampler: random(), seed: 1, scheduler },
    objective: (trial) => {
      for (let step = 0; step < 9; step++) {
        trial.report(trial.params.x, step);
        if (trial.shouldPrune()) throw new TrialPruned();
      }
      return trial.params.x;
    },
  });
  const { study } = openStudy(definition, { storage });
  await study.optimize(definition.objective, { totalTrials: 9 });
  expect(study.trials.length).toBeGreaterThan(9);
  const next = createStudy({ name: "new", storage, space: { x: float(0, 2) }, learnFrom: ["old"], scheduler });
  expect(next.trials.length).toBe(9);
  expect(pausedTrials(next.trials).length).toBe(pausedTrials(study.trials).length);
  const followUp = createFollowUp({ storage, name: "new", freeze: [{ name: "x", value: study.bestParams["x"]! }] });
  expect(countFinished(followUp.trials)).toBe(1);
  const [x] = study.trials.filter((trial) => trial.systemAttrs["tunelens:continues"] !== undefined);
  const chain = createFollowUp({ storage, name: "old", freeze: [{ name: "x", value: x!.params["x"]! }] });
  expect(chain.trials.length).toBe(1);
  expect(countFinished(chain.trials)).toBe(1);
});

describe("what is refused", () => {
  const storage = old();
  const create = (options: object) => () => createStudy({ name: "new", storage, space, ...options });

  it("names other directions, missing studies, itself, and a study without a space", () => {
    expect(create({ learnFrom: ["old"], direction: "maximize" })).toThrow(
      'Study "new", learnFrom: study "old" has the directions minimize, not maximize, so its values mean something else.',
    );
    expect(create({ learnFrom: ["older"] })).toThrow('There is no study "older"');
    expect(create({ learnFrom: ["new"] })).toThrow("a study cannot learn from itself");
    expect(create({ learnFrom: ["old"], space: {} })).toThrow("define the space");
    expect(create({ learnFrom: "old" })).toThrow('use a list of study names, such as ["digits"]');
    expect(() => defineStudy({ name: "old", space, learnFrom: ["old"], objective: () => 1 })).toThrow(
      'Study "old", learnFrom: a study cannot learn from itself; give it another name.',
    );
    expect(storage.findStudy("new")).toBeUndefined();
  });
});

it("continues a study under another name, which its own code runs", async () => {
  const storage = old();
  const definition = defineStudy({
    ...{ name: "old", space: { lr: float(0, 0.05) }, sampler: random(), trials: 5 },
    objective: ({ params: { lr } }) => lr,
  });
  const followUp = continueChanged(definition, { storage, newName: "old-2", learnFrom: ["old"] });
  expect(followUp).toEqual({ from: "old", root: "old", frozen: {}, taken: 0, trials: 5 });
  const { study, created } = openStudy(followUpDefinition(definition, "old-2", followUp), { storage });
  expect(created).toBe(false);
  await study.optimize(definition.objective, { totalTrials: 5 });
  expect(study.trials.length).toBe(2 + 5);
  expect(() => continueChanged(definition, { storage, newName: "old-2", learnFrom: ["old"] })).toThrow(
    "already exists",
  );
});
