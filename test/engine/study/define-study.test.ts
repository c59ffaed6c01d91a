import { describe, expect, it } from "vitest";
import { defineStudy, isStudyDefinition, type StudyDefinitionOptions } from "../../../src/engine/study/define-study.js";
import { openStudy } from "../../../src/engine/study/open-study.js";
import { DuplicateStudyError, InvalidDefinitionError } from "../../../src/engine/errors.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { random } from "../../../src/engine/samplers/random.js";
import { branch, float, int, type NoSpace } from "../../../src/engine/space.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const space = {
  layers: int(1, 5, { default: 2 }),
  optimizer: branch({ adam: { beta1: float(0.8, 0.999, { default: 0.9 }) }, sgd: {} }, { default: "adam" }),
};

const definition = defineStudy({
  name: "digits",
  space,
  sampler: random(),
  pruner: nopPruner(),
  seed: 3,
  trials: 4,
  epochs: { study: 2, retrain: 5 },
  enqueue: [{ layers: 5, optimizer: { kind: "sgd" } }],
  objective: ({ params }) => params.layers,
});

describe("defineStudy", () => {
  it("is recognized across copies of the module, and nothing else is", () => {
    expect(isStudyDefinition(definition)).toBe(true);
    expect(isStudyDefinition({ ...definition })).toBe(true);
    for (const value of [null, undefined, {}, () => 1, "digits", { name: "digits", objective: () => 1 }])
      expect(isStudyDefinition(value)).toBe(false);
  });

  it("fills in what was left out", () => {
    const plain = defineStudy({ name: "n", epochs: 7, objective: () => 1 });
    expect(plain).toMatchObject({ directions: ["minimize"], loadIfExists: true, catch: false, enqueue: [], space: {} });
    expect(plain.epochs).toEqual({ study: 7, retrain: 7 });
    expect(definition.epochs).toEqual({ study: 2, retrain: 5 });
  });

  const good = { name: "digits", objective: () => 1 };
  it.each<[string, object]>([
    ["A study without a name, name: use a string", { ...good, name: "" }],
    ["A study without a name, name: use a string", { objective: () => 1 }],
    ['Study "digits", objective: use a function that takes the trial.', { name: "digits" }],
    ['Study "digits": unknown option "trails". Did you mean "trials"?', { ...good, trails: 20 }],
    ['Study "digits", epochs: unknown option "trial". Use one of: study, retrain.', { ...good, epochs: { trial: 3 } }],
    ['Study "digits", trials: use an integer of at least 1.', { ...good, trials: 0 }],
    ['Study "digits", timeout: use a number of seconds above 0.', { ...good, timeout: -1 }],
    ['Study "digits", seed: use an integer', { ...good, seed: 0.5 }],
    ['Study "digits", epochs: use an integer', { ...good, epochs: { study: 1, retrain: 0 } }],
    ['Study "digits": a direction must be "minimize" or "maximize", not "up".', { ...good, direction: "up" }],
    ['Study "digits", space: "lr" must be float(…)', { ...good, space: { lr: 3 } }],
    [
      'Study "digits", space: two parameters would both be stored as "o.a.x"',
      { ...good, space: { o: branch({ a: { x: int(0, 1) } }), "o.a.x": int(0, 1) } },
    ],
    [
      'Study "digits", enqueue[1]: Parameter "width" is not in the space. It has: layers, optimizer.',
      { ...good, space, enqueue: [{}, { width: 3 }] },
    ],
  ])("refuses: %s", (message, options) => {
    const define = () => defineStudy(options as StudyDefinitionOptions<NoSpace>);
    expect(define).toThrow(InvalidDefinitionError);
    expect(define).toThrow(message);
  });
});

describe("openStudy", () => {
  it("makes the study with its defaults, then what was enqueued, waiting", async () => {
    const { study, created } = openStudy(definition, { storage: new MemoryStorage() });
    expect(created).toBe(true);
    await study.optimize(definition.objective, { totalTrials: definition.trials });
    expect(study.trials.map(({ params }) => params).slice(0, 2)).toEqual([
      { layers: 2, optimizer: "adam", "optimizer.adam.beta1": 0.9 },
      { layers: 5, optimizer: "sgd" },
    ]);
    expect(study.trials).toHaveLength(4);
  });

  it("goes on with a study that is there, without queueing again", async () => {
    const storage = new MemoryStorage();
    const first = openStudy(definition, { storage }).study;
    await first.optimize(definition.objective, { trials: 3 });
    const { study, created } = openStudy(definition, { storage });
    expect(created).toBe(false);
    expect(study.trials).toHaveLength(3);
    await study.optimize(definition.objective, { totalTrials: definition.trials });
    expect(study.trials).toHaveLength(4);

    const whole = openStudy(definition, { storage: new MemoryStorage() }).study;
    await whole.optimize(definition.objective, { totalTrials: 4 });
    expect(study.trials.map(({ params }) => params)).toEqual(whole.trials.map(({ params }) => params));
  });

  it("refuses a study that is there where the definition says so", () => {
    const storage = new MemoryStorage();
    const once = defineStudy({ name: "once", loadIfExists: false, objective: () => 1 });
    openStudy(once, { storage });
    expect(() => openStudy(once, { storage })).toThrow(DuplicateStudyError);
  });

  it("takes another seed than the definition's", () => {
    expect(openStudy(definition, { storage: new MemoryStorage(), seed: 9 }).study.seed).toBe(9);
    expect(openStudy(definition, { storage: new MemoryStorage() }).study.seed).toBe(3);
  });
});
