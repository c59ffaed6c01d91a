import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { grid } from "../../../src/engine/samplers/grid.js";
import { partiallyFixed } from "../../../src/engine/samplers/partial-fixed.js";
import { random } from "../../../src/engine/samplers/random.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

function objective(trial: Trial): number {
  const x = trial.suggestFloat("x", -1, 1);
  return x ** 2 + trial.suggestFloat("y", -1, 1) + (trial.suggestCategorical("c", ["p", "q"]) === "p" ? 0 : 1);
}

describe("partiallyFixed", () => {
  it("holds what is fixed and leaves the rest to the base", async () => {
    const study = createStudy({ storage: new MemoryStorage(), sampler: random(), seed: 4, name: "s" });
    await study.optimize(objective, { trials: 3 });
    const fixing = { sampler: partiallyFixed({ y: 0.25, c: "q" }, random()), seed: 4, name: "s" };
    const fixed = createStudy({ ...fixing, storage: new MemoryStorage() });
    await fixed.optimize(objective, { trials: 3 });
    expect(fixed.trials.map(({ params }) => params)).toEqual(
      study.trials.map(({ params }) => ({ x: params.x, y: 0.25, c: "q" })),
    );
  });

  it("takes them out of what is proposed together", async () => {
    const storage = new MemoryStorage();
    const first = createStudy({ storage, sampler: tpe(), name: "s" });
    await first.optimize(objective, { trials: 11 });
    const sampler = partiallyFixed({ y: 0.25 }, tpe());
    expect([...sampler.relativeSpace(first, first.trials[0]!)].map(([name]) => name)).toEqual(["c", "x"]);
    const study = createStudy({ storage, sampler, name: "s", loadIfExists: true });
    await study.optimize(objective, { trials: 2 });
    expect(study.trials.slice(11).map(({ params }) => params.y)).toEqual([0.25, 0.25]);
  });

  it("tries a value outside the range all the same, and fails on no value", () => {
    const study = createStudy({ storage: new MemoryStorage(), sampler: partiallyFixed({ y: 7, c: "r" }, random()) });
    const trial = study.ask();
    expect(trial.suggestFloat("y", -1, 1)).toBe(7);
    expect(() => trial.suggestCategorical("c", ["p", "q"])).toThrow('"r" is not a value of');
  });

  it("passes on when its base has tried everything", () => {
    const study = createStudy({ storage: new MemoryStorage() });
    const sampler = partiallyFixed({ y: 1 }, grid({ x: [0] }));
    expect(sampler.isExhausted!(study)).toBe(false);
    sampler.beforeTrial!(study, study.storage.getTrial(study.ask().id));
    study.tell(0, 1);
    expect(sampler.isExhausted!(study)).toBe(true);
    expect(partiallyFixed({}, random()).isExhausted).toBeUndefined();
    expect(sampler.sampleIndependent(study, study.trials[0]!, "y", floatDistribution(0, 2))).toBe(1);
  });
});
