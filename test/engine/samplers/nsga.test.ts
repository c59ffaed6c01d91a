import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { contains, toInternal, type Distribution } from "../../../src/engine/distribution.js";
import { sbxCrossover, spxCrossover } from "../../../src/engine/samplers/genetic/crossover.js";
import { polynomialMutation } from "../../../src/engine/samplers/genetic/mutation.js";
import { undxCrossover } from "../../../src/engine/samplers/genetic/undx-crossover.js";
import { nsga2 } from "../../../src/engine/samplers/nsga2.js";
import { nsga3 } from "../../../src/engine/samplers/nsga3.js";
import { random } from "../../../src/engine/samplers/random.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import type { Direction } from "../../../src/engine/storage.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const directions = ["minimize", "maximize"] as const;

function studyWith(sampler: Sampler, options: { seed?: number; directions?: readonly Direction[] } = {}) {
  return createStudy({ name: "s", storage: new MemoryStorage(), sampler, directions, seed: 3, ...options });
}

/** The front is a in [0, 1] with b = 0 and kind "round". */
function tradeOff(trial: Trial): [number, number] {
  const [a, b] = [trial.suggestFloat("a", -2, 2), trial.suggestFloat("b", -2, 2)];
  const square = trial.suggestCategorical("kind", ["round", "square"]) === "square" ? 1 : 0;
  return [a ** 2 + b ** 2 + square, -((a - 1) ** 2) - b ** 2 - square];
}

describe.each([
  ["nsga2", "NSGAIISampler", nsga2],
  ["nsga3", "NSGAIIISampler", nsga3],
] as const)("%s", (call, name, create) => {
  it("keeps generations and parents where Optuna's sampler does", async () => {
    const study = studyWith(create({ populationSize: 4 }));
    await study.optimize(tradeOff, { trials: 9 });
    const generations = study.trials.map(({ systemAttrs }) => systemAttrs[`${name}:generation`]);
    expect(generations).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2]);
    const { systemAttrs } = study.storage.getStudy(study.id);
    expect(Object.keys(systemAttrs)).toEqual([`${name}:parent:1`, `${name}:parent:2`]);
    const parents = systemAttrs[`${name}:parent:1`];
    expect([...(parents as number[])].sort()).toEqual(study.trials.slice(0, 4).map(({ id }) => id));
  });

  it("goes on with the parents another process has chosen", async () => {
    const study = studyWith(create({ populationSize: 2, mutationProb: 0, crossoverProb: 0 }));
    await study.optimize(tradeOff, { trials: 2 });
    study.storage.setStudySystemAttr(study.id, `${name}:parent:1`, [study.trials[1]!.id]);
    await study.optimize(tradeOff, { trials: 1 });
    expect(study.trials[2]!.params).toEqual(study.trials[1]!.params);
  });

  it("counts COMPLETE trials only", async () => {
    const study = studyWith(create({ populationSize: 3 }));
    let run = 0;
    const failing = (trial: Trial) => (run++ % 2 === 0 ? NaN : tradeOff(trial));
    await study.optimize(failing, { trials: 7 });
    expect(study.trials.at(-1)!.systemAttrs[`${name}:generation`]).toBeUndefined();
    study.ask().suggestFloat("a", -2, 2);
    expect(study.trials.at(-1)!.systemAttrs[`${name}:generation`]).toBe(1);
  });

  it("gives the same trials again for a seed, also over a resume", async () => {
    const [one, two] = [studyWith(create({ populationSize: 5 })), studyWith(create({ populationSize: 5 }))];
    await one.optimize(tradeOff, { trials: 20 });
    await two.optimize(tradeOff, { trials: 13 });
    const resumed = createStudy({
      name: "s",
      storage: two.storage,
      sampler: create({ populationSize: 5 }),
      directions,
      seed: 3,
      loadIfExists: true,
    });
    await resumed.optimize(tradeOff, { trials: 7 });
    expect(resumed.trials.map(({ params }) => params)).toEqual(one.trials.map(({ params }) => params));
  });

  it("comes closer to the front than chance", async () => {
    const reached = async (sampler: Sampler): Promise<number> => {
      const study = studyWith(sampler);
      await study.optimize(tradeOff, { trials: 200 });
      return study.hypervolume([4, -4]);
    };
    expect(await reached(create({ populationSize: 20 }))).toBeGreaterThan(await reached(random()));
  });

  it("prefers what satisfies the constraints", async () => {
    const study = studyWith(create({ populationSize: 10 }));
    await study.optimize(
      (trial) => {
        trial.setConstraint("c", 1.5 - trial.suggestFloat("a", -2, 2));
        return tradeOff(trial);
      },
      { trials: 100 },
    );
    const feasible = (from: number) =>
      study.trials.slice(from, from + 30).filter((t) => Number(t.params.a) >= 1.5).length;
    expect(feasible(70)).toBeGreaterThan(15);
    expect(feasible(0)).toBeLessThan(15);
  });

  it.each([
    ["uniform", {}],
    ["sbx", { crossover: sbxCrossover(), mutation: polynomialMutation() }],
    ["spx", { crossover: spxCrossover() }],
    ["undx", { crossover: undxCrossover() }],
  ])("stays within every kind of distribution (%s)", async (_, options) => {
    const distributions: Record<string, Distribution> = {};
    const study = studyWith(create({ populationSize: 6, ...options }), { directions: ["minimize"] });
    await study.optimize(
      (trial) => {
        let sum = trial.suggestFloat("float", -5, 5) + trial.suggestFloat("log", 1e-8, 10, { log: true });
        sum += trial.suggestFloat("step", 0.1, 0.7, { step: 0.2 }) + trial.suggestInt("int", -3, 4);
        sum += trial.suggestInt("logInt", 1, 4096, { log: true }) + trial.suggestInt("one", 3, 3);
        return trial.suggestCategorical("choice", ["a", null, true]) === null ? sum : sum + 1;
      },
      { trials: 40 },
    );
    for (const trial of study.trials) {
      Object.assign(distributions, trial.distributions);
      for (const [param, distribution] of Object.entries(trial.distributions))
        expect(contains(distribution, toInternal(distribution, trial.params[param]!)), param).toBe(true);
    }
    expect(Object.keys(distributions)).toHaveLength(7);
  });

  it("refuses options out of their range", () => {
    expect(() => create({ populationSize: 1 })).toThrow(`${call}: populationSize must be an integer of at least 2`);
    expect(() => create({ populationSize: 2, crossover: spxCrossover() })).toThrow(InvalidArgumentError);
    expect(() => create({ crossoverProb: 2 })).toThrow(InvalidArgumentError);
    expect(() => create({ mutationProb: -0.1 })).toThrow(InvalidArgumentError);
    expect(() => create({ swappingProb: NaN })).toThrow(InvalidArgumentError);
  });
});

describe("nsga3", () => {
  it("refuses reference points that are none, or of another study", async () => {
    expect(() => nsga3({ referencePoints: [] })).toThrow(InvalidArgumentError);
    expect(() => nsga3({ referencePoints: [[0, 0]] })).toThrow(InvalidArgumentError);
    expect(() => nsga3({ dividingParameter: 0 })).toThrow(InvalidArgumentError);
    const study = studyWith(nsga3({ referencePoints: [[1, 1, 1]], populationSize: 2 }));
    await expect(study.optimize(tradeOff, { trials: 3 })).rejects.toThrow("the study has 2 objectives");
  });
});
