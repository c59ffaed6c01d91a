import { describe, expect, test } from "vitest";
import { configurationAt, countConfigurations, isConfiguration } from "../../../src/engine/configurations-of-space.js";
import { branch, categorical, float, int, type Space } from "../../../src/engine/space.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { defineStudy } from "../../../src/engine/study/define-study.js";
import { openStudy } from "../../../src/engine/study/open-study.js";
import { partiallyFixed } from "../../../src/engine/samplers/partial-fixed.js";
import { random } from "../../../src/engine/samplers/random.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { configurationKey, repeatedConfigurations } from "../../../src/engine/trial/repeats.js";
import { TrialPruned } from "../../../src/engine/errors.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const space = {
  layers: int(1, 3),
  optimizer: branch({ adam: { amsgrad: categorical([true, false]) }, sgd: {} }),
} satisfies Space;

function studyOf(settings: { repeats?: number; sampler?: Sampler; seed?: number } = {}) {
  const said: string[] = [];
  const study = createStudy({
    storage: new MemoryStorage(),
    name: "small",
    space,
    seed: 1,
    listener: { info: (message) => said.push(message) },
    ...settings,
  });
  return { study, said };
}

const keysOf = (trials: readonly { readonly params: Parameters<typeof configurationKey>[0] }[]) =>
  trials.map(({ params }) => configurationKey(params));

describe("the configurations of a space", () => {
  test("are counted and numbered, of each branch those of its kinds", () => {
    expect(countConfigurations(space)).toBe(9);
    const all = Array.from({ length: 9 }, (_, i) => configurationAt(space, i));
    expect(new Set(all.map(configurationKey)).size).toBe(9);
    for (const params of all) expect(isConfiguration(space, Object.fromEntries(params))).toBe(true);
    expect(countConfigurations({ ...space, rate: float(0, 1) })).toBe(Infinity);
    const fixed = { optimizer: "adam", layers: 2 };
    expect(countConfigurations(space, fixed)).toBe(2);
    expect(configurationAt(space, 1, fixed).get("layers")).toBe(2);
  });

  test.each([
    ["a missing parameter", { layers: 1, optimizer: "adam" }],
    ["one of another kind", { layers: 1, optimizer: "sgd", "optimizer.adam.amsgrad": true }],
    ["a value out of range", { layers: 4, optimizer: "sgd" }],
    ["an unknown kind", { layers: 1, optimizer: "lion" }],
  ])("do not have %s", (_, params) => expect(isConfiguration(space, params)).toBe(false));
});

describe.each([
  ["auto", undefined],
  ["tpe", tpe()],
  ["random", random()],
])("with %s, a study that trains no configuration twice", (_, sampler) => {
  test("tries each once, and ends with a message that says so", async () => {
    const { study, said } = studyOf({ repeats: 1, sampler });
    expect(await study.optimize((trial) => trial.params.layers, { trials: 50 })).toBe("trials");
    expect(new Set(keysOf(study.trials)).size).toBe(9);
    expect(study.trials).toHaveLength(9);
    expect(said).toContain(
      'Study "small" ends: each of the 9 configurations of its space has been tried. ' +
        "If its objective is noisy, set repeats to train each more often; or widen the space.",
    );
  });
});

test("without repeats, samplers repeat as Optuna's do", async () => {
  const { study } = studyOf({ sampler: random() });
  await study.optimize((trial) => trial.params.layers, { trials: 30 });
  expect(study.trials).toHaveLength(30);
});

test("what is proposed first stays the same where it is new: the sampler's own sequence", async () => {
  const [plain, checked] = [studyOf({ sampler: tpe() }).study, studyOf({ sampler: tpe(), repeats: 1 }).study];
  await plain.optimize((trial) => trial.params.layers, { trials: 20 });
  await checked.optimize((trial) => trial.params.layers, { trials: 20 });
  const keys = keysOf(plain.trials);
  const firstTwice = keys.findIndex((key, i) => keys.indexOf(key) < i);
  expect(firstTwice).toBeGreaterThan(1);
  expect(keysOf(checked.trials).slice(0, firstTwice)).toEqual(keys.slice(0, firstTwice));
});

test("a seed makes the same trials, also where the sampler is asked again", async () => {
  const [one, other] = [studyOf({ repeats: 1, seed: 7 }).study, studyOf({ repeats: 1, seed: 7 }).study];
  for (const study of [one, other]) await study.optimize((trial) => trial.params.layers, { trials: 9 });
  expect(keysOf(one.trials)).toEqual(keysOf(other.trials));
});

test("a configuration that was pruned or failed is not trained again, and one that the user enqueues is", async () => {
  const { study } = studyOf({ repeats: 1 });
  await study.optimize(
    (trial) => {
      if (trial.params.layers === 1) throw new TrialPruned();
      if (trial.params.layers === 2) throw new Error("too few");
      return 1;
    },
    { trials: 50, catch: true },
  );
  expect(study.trials).toHaveLength(9);
  study.enqueueTrial({ layers: 3, optimizer: { kind: "sgd" } });
  await study.optimize((trial) => trial.params.layers, { trials: 50 });
  expect(study.trials).toHaveLength(10);
});

test("frozen parameters keep their values, and the space is exhausted with the rest", async () => {
  const { study } = studyOf({ repeats: 1, sampler: partiallyFixed({ layers: 2 }, random()) });
  await study.optimize((trial) => trial.params.layers, { trials: 50 });
  expect(study.trials.map(({ params }) => params["layers"])).toEqual([2, 2, 2]);
});

test("a continuous space is never exhausted", async () => {
  const study = createStudy({ storage: new MemoryStorage(), space: { rate: float(0, 1) }, repeats: 1, seed: 1 });
  await study.optimize((trial) => trial.params.rate, { trials: 12 });
  expect(study.trials).toHaveLength(12);
});

describe("repeats", () => {
  const noisy = (layers: number, number: number) => layers + (number % 2) / 10;

  test("train the best configuration by its mean again, with other seeds, before another is tried", async () => {
    const { study } = studyOf({ repeats: 3 });
    const seeds = new Set<number | undefined>();
    await study.optimize(
      (trial) => {
        seeds.add(trial.seed);
        return noisy(trial.params.layers, trial.number);
      },
      { trials: 12 },
    );
    expect(seeds.size).toBe(12);
    expect(new Set(keysOf(study.trials.slice(0, 3))).size).toBe(1);
    expect(study.trials[1]!.systemAttrs["tunelens:repeats"]).toBe(0);
    const repeated = repeatedConfigurations(study.trials);
    const best = repeated.get(study.bestTrial.number)!;
    expect(best.numbers).toHaveLength(3);
    expect(best.mean[0]).toBeCloseTo(best.numbers.reduce((sum, n) => sum + study.trials[n]!.values![0]!, 0) / 3);
    for (const { numbers } of repeated.values()) expect(numbers.length).toBeLessThanOrEqual(3);
  });

  test("train each of an exhausted space as often as asked for", async () => {
    const { study, said } = studyOf({ repeats: 2 });
    await study.optimize((trial) => noisy(trial.params.layers, trial.number), { trials: 100 });
    expect(study.trials).toHaveLength(18);
    expect(said.at(-1)).toContain("each of the 9 configurations of its space has been tried 2 times");
  });

  test("of several objectives repeat what is on the Pareto front of the means", async () => {
    const study = createStudy({
      storage: new MemoryStorage(),
      space,
      repeats: 2,
      seed: 1,
      directions: ["minimize", "maximize"],
    });
    await study.optimize((trial) => [trial.params.layers, 2 * trial.params.layers], { trials: 12 });
    const repeated = repeatedConfigurations(study.trials);
    for (const { number } of study.trials.slice(0, 10)) expect(repeated.get(number)?.numbers).toHaveLength(2);
  });

  test("are told by mean and sample standard deviation", () => {
    const { study } = studyOf();
    const distributions = { x: int(0, 9).distribution };
    for (const value of [1, 3]) study.addTrial({ value, params: { x: 1 }, distributions });
    study.addTrial({ value: 9, params: { x: 2 }, distributions });
    const repeated = repeatedConfigurations(study.trials);
    expect([...repeated.keys()]).toEqual([0, 1]);
    expect(repeated.get(0)).toEqual({ numbers: [0, 1], mean: [2], deviation: [Math.SQRT2] });
  });
});

test("a defined study trains nothing twice, unless it says so", async () => {
  const definition = defineStudy({ name: "defined", space, objective: (trial) => trial.params.layers });
  expect(definition.repeats).toBe(1);
  const { study } = openStudy(definition, { storage: new MemoryStorage() });
  await study.optimize(definition.objective, { trials: 20 });
  expect(study.trials).toHaveLength(9);
  expect(() => defineStudy({ name: "defined", repeats: 0, objective: () => 1 })).toThrow(
    'Study "defined", repeats: use an integer of at least 1.',
  );
});
