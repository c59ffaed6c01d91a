import { expect, it } from "vitest";
import { defineStudy } from "../../../src/engine/study/define-study.js";
import { openStudy } from "../../../src/engine/study/open-study.js";
import { DuplicateStudyError } from "../../../src/engine/errors.js";
import {
  createFollowUp,
  followUpDefinition,
  followUpName,
  readFollowUp,
  setFollowUpTrials,
  withoutFrozen,
} from "../../../src/engine/study/follow-up.js";
import { paramImportances } from "../../../src/engine/importance/importance.js";
import { random } from "../../../src/engine/samplers/random.js";
import { branch, categorical, float, int } from "../../../src/engine/space.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { loadStudy } from "../../../src/engine/study/load-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const definition = defineStudy({
  name: "net",
  space: { layers: int(1, 5), filters: categorical([16, 32]), rate: float(0, 1) },
  seed: 3,
  trials: 30,
  objective: ({ params: { layers, filters, rate } }) => Math.abs(layers - 3) + filters / 100 + rate,
});

async function studied() {
  const storage = new MemoryStorage();
  const { study } = openStudy(definition, { storage });
  study.setUserAttr("owner", "me");
  await study.optimize(definition.objective, { trials: 30 });
  return { storage, study };
}

it("takes along the trials that match, and holds the parameter in those that follow", async () => {
  const { storage, study } = await studied();
  const { layers } = study.bestTrial.params;
  const followUp = createFollowUp({ storage, name: "net", freeze: [{ name: "layers" }], trials: 12 });
  expect(followUp.name).toBe(`net-layers-${layers as number}`);
  const matching = study.trials.filter(({ params }) => params["layers"] === layers);
  expect(matching.length).toBeGreaterThan(3);
  expect(followUp.trials.map(({ params, values, datetimeStart }) => ({ params, values, datetimeStart }))).toEqual(
    matching.map(({ params, values, datetimeStart }) => ({ params, values, datetimeStart })),
  );
  expect(followUp.trials.map(({ systemAttrs }) => systemAttrs["tunelens:taken-from"])).toEqual(
    matching.map(({ number }) => ({ study: "net", trial: number })),
  );
  expect(followUp.userAttrs).toEqual({ owner: "me" });

  const known = readFollowUp(storage, followUp.name)!;
  const taken = matching.length;
  expect(known).toEqual({ from: "net", root: "net", frozen: { layers }, taken, trials: taken + 12 });
  const derived = followUpDefinition(definition, followUp.name, known);
  const { study: opened, created } = openStudy(derived, { storage });
  await opened.optimize(derived.objective, { totalTrials: derived.trials });
  const own = opened.trials.slice(taken);
  expect(created).toBe(false);
  expect(own).toHaveLength(12);
  expect(new Set(own.map(({ params }) => params["layers"]))).toEqual(new Set([layers]));
  expect(new Set(own.map(({ params }) => params["rate"])).size).toBeGreaterThan(1);
  expect(opened.bestTrial.values![0]).toBeLessThanOrEqual(study.bestTrial.values![0]!);
});

it("follows a follow-up, with all that is frozen so far", async () => {
  const { storage } = await studied();
  createFollowUp({ storage, name: "net", freeze: [{ name: "layers", value: 3 }], newName: "second" });
  const third = createFollowUp({ storage, name: "second", freeze: [{ name: "filters", value: 16 }], trials: 5 });
  expect(third.name).toBe("second-filters-16");
  expect(readFollowUp(storage, third.name)).toMatchObject({
    from: "second",
    root: "net",
    frozen: { layers: 3, filters: 16 },
  });
  expect(third.trials.every(({ params }) => params["layers"] === 3 && params["filters"] === 16)).toBe(true);
  expect(setFollowUpTrials(storage, third.name, 9).trials).toBe(third.trials.length + 9);
});

it("has six digits of a number in its name, and all where another study is called so", () => {
  const storage = new MemoryStorage();
  const study = createStudy({ storage, name: "net" });
  const distribution = { type: "float", low: 0, high: 2 ** 20, log: false, step: null } as const;
  const values = [0.001234567891, 0.001234567892, 1048576];
  for (const rate of values) study.addTrial({ values: [1], params: { rate }, distributions: { rate: distribution } });
  const names = values.map((value) => createFollowUp({ storage, name: "net", freeze: [{ name: "rate", value }] }).name);
  expect(names).toEqual(["net-rate-0.00123457", "net-rate-0.001234567892", "net-rate-1048576"]);
  expect(values.map((rate) => followUpName(storage, "net", { rate }))).toEqual(names);
});

const branched = defineStudy({
  name: "branched",
  space: {
    optimizer: branch({
      adam: { rate: float(0, 1), schedule: branch({ cosine: { steps: int(1, 3) }, none: {} }) },
      sgd: { momentum: float(0, 1) },
    }),
    layers: int(1, 3),
  },
  sampler: random(),
  seed: 1,
  objective: ({ params: { optimizer, layers } }) => layers + (optimizer.kind === "adam" ? optimizer.rate : 1),
});

it("holds the kinds of the branches that a frozen parameter lies in, too", async () => {
  const storage = new MemoryStorage();
  const { study } = openStudy(branched, { storage });
  await study.optimize(branched.objective, { trials: 30 });
  const steps = "optimizer.adam.schedule.cosine.steps";
  const followUp = createFollowUp({ storage, name: "branched", freeze: [{ name: steps, value: 2 }], trials: 10 });
  expect(followUp.name).toBe(`branched-${steps}-2`);
  const known = readFollowUp(storage, followUp.name)!;
  expect(known.frozen).toEqual({ optimizer: "adam", "optimizer.adam.schedule": "cosine", [steps]: 2 });
  const derived = followUpDefinition(branched, followUp.name, known);
  const { study: opened } = openStudy(derived, { storage });
  await opened.optimize(derived.objective, { trials: 10 });
  expect(opened.trials.slice(known.taken).map(({ params }) => params[steps])).toEqual(Array(10).fill(2));

  const both = { name: "branched", storage, newName: "both" };
  const kind = { name: "optimizer", value: "sgd" };
  expect(() => createFollowUp({ ...both, freeze: [{ name: steps, value: 2 }, kind] })).toThrow(
    `Study "branched": "${steps}" exists only if optimizer is adam, so optimizer cannot be frozen at sgd.`,
  );
  expect(storage.findStudy("both")).toBeUndefined();
});

it("holds no other parameter whose name only looks like a branch's", async () => {
  const storage = new MemoryStorage();
  const study = createStudy({ storage, name: "by-run", sampler: random(), seed: 1 });
  const objective = (trial: Trial) => {
    trial.suggestCategorical("a", ["b", "c"]);
    return trial.suggestInt("a.b.x", 1, 2);
  };
  await study.optimize(objective, { trials: 20 });
  const followUp = createFollowUp({ storage, name: "by-run", freeze: [{ name: "a.b.x", value: 1 }] });
  expect(readFollowUp(storage, followUp.name)!.frozen).toEqual({ "a.b.x": 1 });
});

it("leaves what is frozen out of its importances, whose sum is 1", async () => {
  const { storage } = await studied();
  const followUp = createFollowUp({ storage, name: "net", freeze: [{ name: "layers", value: 3 }] });
  const { systemAttrs } = storage.getStudy(followUp.id);
  const trials = withoutFrozen(followUp.trials, systemAttrs);
  const importances = paramImportances(trials, { directions: ["minimize"] });
  expect(importances.map(({ name }) => name).sort()).toEqual(["filters", "rate"]);
  expect(importances.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 12);
  expect(withoutFrozen(followUp.trials, {})).toBe(followUp.trials);
});

it("leaves out trials that failed, that run, or that lack the parameter", () => {
  const storage = new MemoryStorage();
  const study = createStudy({ storage, name: "loose" });
  study.enqueueTrial({ c: 1 });
  const first = study.ask();
  first.suggestCategorical("c", [1, 2]);
  study.tell(first, 0);
  study.tell(study.ask(), 7);
  study.ask().suggestCategorical("c", [1, 2]);
  const followUp = createFollowUp({ storage, name: "loose", freeze: [{ name: "c", value: 1 }] });
  expect(followUp.trials.map(({ values }) => values)).toEqual([[0]]);
});

it("says what cannot be frozen, and leaves nothing behind", async () => {
  const { storage, study } = await studied();
  const freeze = (name: string, value?: number) => () =>
    createFollowUp({ storage, name: "net", freeze: [value === undefined ? { name } : { name, value }], newName: "x" });
  expect(freeze("depth")).toThrow('no finished trial has a parameter "depth". The trials have: layers, filters, rate.');
  expect(freeze("layers", 9)).toThrow('9 is outside the range of "layers"');
  expect(() => createFollowUp({ storage, name: "net", freeze: [] })).toThrow("name at least one parameter to freeze");
  expect(() => createFollowUp({ storage, name: "net", freeze: [{ name: "layers" }], newName: "net" })).toThrow(
    DuplicateStudyError,
  );
  expect(storage.getStudies().map(({ name }) => name)).toEqual(["net"]);
  createStudy({ storage, name: "two", directions: ["minimize", "minimize"] }).addTrial({
    values: [1, 2],
    params: study.bestTrial.params,
    distributions: study.bestTrial.distributions,
  });
  expect(() => createFollowUp({ storage, name: "two", freeze: [{ name: "layers" }] })).toThrow(
    "Give a value to freeze",
  );
  expect(loadStudy({ storage, name: "two" }).trials).toHaveLength(1);
});
