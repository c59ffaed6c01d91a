import { describe, expect, it } from "vitest";
import { contains, toInternal } from "../../../../src/engine/distribution.js";
import type { Distribution } from "../../../../src/engine/distribution.js";
import { random } from "../../../../src/engine/samplers/random.js";
import type { Sampler } from "../../../../src/engine/samplers/sampler.js";
import { sharedRelativeParams } from "../../../../src/engine/samplers/relative-params.js";
import { tpe } from "../../../../src/engine/samplers/tpe/tpe.js";
import { FakeStudy } from "../../fake-study.js";
import type { FakeTrial } from "../../fake-study.js";

const everyKind: Readonly<Record<string, Distribution>> = {
  float: { type: "float", low: -5, high: 5, log: false, step: null },
  tinyFloat: { type: "float", low: 1e-300, high: 3e-300, log: false, step: null },
  logFloat: { type: "float", low: 1e-8, high: 10, log: true, step: null },
  steppedFloat: { type: "float", low: 0.1, high: 0.7, log: false, step: 0.2 },
  int: { type: "int", low: -3, high: 4, log: false, step: 1 },
  steppedInt: { type: "int", low: 0, high: 1_000_000, log: false, step: 250_000 },
  wideInt: { type: "int", low: 0, high: 2 ** 40, log: false, step: 1 },
  logInt: { type: "int", low: 1, high: 4096, log: true, step: 1 },
  choice: { type: "categorical", choices: ["sgd", null, true, 3] },
};

/** Best at the lower end of every parameter, so that proposals press against the bounds. */
function lowest(trial: FakeTrial): number {
  return Object.entries(everyKind).reduce((sum, [name, distribution]) => {
    const internal = toInternal(distribution, trial.suggest(name, distribution));
    return (
      sum +
      (distribution.type === "categorical"
        ? internal
        : (internal - distribution.low) / (distribution.high - distribution.low))
    );
  }, 0);
}

const x: Distribution = { type: "float", low: -5, high: 5, log: false, step: null };
const sphere = (trial: FakeTrial): number =>
  ["a", "b"].reduce((sum, name) => sum + trial.suggestNumber(name, x) ** 2, 0);

const samplers: [string, () => Sampler][] = [
  ["random", random],
  ["TPE", tpe],
  ["independent TPE", () => tpe({ multivariate: false })],
];

describe.each(samplers)("%s", (_, create) => {
  it("proposes values within every kind of distribution", () => {
    for (const direction of ["minimize", "maximize"] as const) {
      const study = new FakeStudy(7, [direction]);
      const sampler = create();
      for (let i = 0; i < 60; i++) {
        const params = study.run(sampler, lowest);
        for (const [name, distribution] of Object.entries(everyKind)) {
          const internal = toInternal(distribution, params[name]!);
          expect(contains(distribution, internal), `${name} = ${String(params[name])}`).toBe(true);
        }
      }
    }
  });

  it("proposes the same again with the same seed, and something else with another", () => {
    const run = (seed: number) => {
      const [study, sampler] = [new FakeStudy(seed), create()];
      return Array.from({ length: 30 }, () => study.run(sampler, sphere));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it("goes on after a restart as if it had never stopped", () => {
    const [study, sampler] = [new FakeStudy(5), create()];
    const resumed = new FakeStudy(5);
    for (let i = 0; i < 25; i++) study.run(sampler, sphere);
    resumed.trials.push(...study.trials);
    const sampler2 = create();
    for (let i = 0; i < 10; i++) expect(study.run(sampler, sphere)).toEqual(resumed.run(sampler2, sphere));
  });
});

describe("TPE", () => {
  const train = (study: FakeStudy, sampler: Sampler, trials = 20): void => {
    for (let i = 0; i < trials; i++) study.run(sampler, sphere);
  };

  it("is random, as the random sampler is, until enough trials finished", () => {
    const [study, baseline] = [new FakeStudy(2), new FakeStudy(2)];
    const [sampler, randomSampler] = [tpe({ startupTrials: 12 }), random()];
    for (let i = 0; i < 12; i++) expect(study.run(sampler, sphere)).toEqual(baseline.run(randomSampler, sphere));
    expect(study.run(sampler, sphere)).not.toEqual(baseline.run(randomSampler, sphere));
  });

  it("counts neither failed nor running trials as finished", () => {
    const study = new FakeStudy(2);
    const sampler = tpe();
    for (let i = 0; i < 30; i++)
      study.add({ state: i % 2 === 0 ? "FAIL" : "RUNNING", params: { a: 0 }, distributions: { a: x } });
    expect(study.ask(sampler).relativeNames).toEqual([]);
  });

  it("proposes together what all finished trials have, alone what only some have", () => {
    const study = new FakeStudy(3);
    const sampler = tpe();
    train(study, sampler);
    study.run(sampler, (trial) => sphere(trial) + trial.suggestNumber("rare", x));
    const trial = study.ask(sampler);
    expect(trial.relativeNames).toEqual(["a", "b"]);
    expect(contains(x, trial.suggestNumber("rare", x))).toBe(true);
    expect(study.ask(tpe({ multivariate: false })).relativeNames).toEqual([]);
  });

  it("finds a valley that the random sampler misses", () => {
    const best = (create: () => Sampler): number => {
      const values = [1, 2, 3, 4, 5].map((seed) => {
        const [study, sampler] = [new FakeStudy(seed), create()];
        train(study, sampler, 60);
        return Math.min(...study.trials.map((trial) => trial.values![0]!));
      });
      return values.toSorted((a, b) => a - b)[2]!;
    };
    expect(best(tpe)).toBeLessThan(0.3 * best(random));
  });

  it("learns from pruned trials by how far they got", () => {
    const study = new FakeStudy(4);
    for (let i = 0; i < 40; i++) {
      const a = (i % 20) / 2 - 4.75;
      const survivor = Math.abs(a - 2) < 0.6;
      const params = { a };
      study.add({
        state: "PRUNED",
        values: [1],
        params,
        distributions: { a: x },
        intermediateValues: new Map([[survivor ? 9 : 1, 1]]),
      });
    }
    const sampler = tpe();
    const proposals = Array.from({ length: 20 }, () => study.run(sampler, (trial) => (trial.suggest("a", x), 1)));
    const near = proposals.filter(({ a }) => Math.abs(Number(a) - 2) < 1.5);
    expect(near.length).toBeGreaterThan(12);
  });

  describe("with running trials", () => {
    /** How far a proposal made beside nine waiting workers is from the nearest of theirs, on average. */
    const spread = (constantLiar: boolean): number => {
      let sum = 0;
      for (let seed = 0; seed < 10; seed++) {
        const study = new FakeStudy(seed);
        const sampler = tpe({ constantLiar });
        train(study, sampler, 40);
        const points = Array.from({ length: 10 }, () => {
          const trial = study.ask(sampler);
          return ["a", "b"].map((name) => trial.suggestNumber(name, x));
        });
        for (const p of points)
          sum += Math.min(...points.filter((q) => q !== p).map((q) => Math.hypot(p[0]! - q[0]!, p[1]! - q[1]!)));
      }
      return sum;
    };

    it("keeps away from them", () => expect(spread(true)).toBeGreaterThan(1.2 * spread(false)));

    it("tells the other workers what it will suggest, unless it is no liar", () => {
      const study = new FakeStudy(6);
      train(study, tpe());
      const liar = study.ask(tpe());
      const shared = sharedRelativeParams(study.trials[liar.number]!, "tpe");
      expect(shared).toEqual({ a: liar.suggest("a", x), b: liar.suggest("b", x) });
      const honest = study.ask(tpe({ constantLiar: false }));
      expect(study.trials[honest.number]!.systemAttrs).toEqual({});
    });

    it("takes shared parameters that nobody has suggested yet into account, and bad ones not", () => {
      const propose = (...attrs: string[]) => {
        const study = new FakeStudy(8);
        train(study, tpe(), 30);
        for (const text of attrs) study.add({ state: "RUNNING", systemAttrs: { "tpe:relative_params:0": text } });
        const trial = { ...study.add({ state: "RUNNING" }), number: 500 };
        const space = new Map([
          ["a", x],
          ["b", x],
        ]);
        return tpe().sampleRelative(study, { ...trial, id: trial.id }, space);
      };
      const alone = propose();
      const at = JSON.stringify(Object.fromEntries(alone));
      expect(propose(...Array.from({ length: 8 }, () => at))).not.toEqual(alone);
      expect(propose('{"a": "nonsense", "b": 1}', '["a"]', '{"a": 1}')).toEqual(alone);
    });
  });

  it("stays within a range whose steps are too many for the mass of one to be told from 0", () => {
    const huge: Distribution = { type: "int", low: 0, high: 2 ** 53 - 1, log: false, step: 1 };
    const study = new FakeStudy(3);
    const sampler = tpe();
    for (let i = 0; i < 40; i++) {
      const { a } = study.run(sampler, (trial) => trial.suggestNumber("a", huge));
      expect(contains(huge, Number(a))).toBe(true);
    }
  });

  it("refuses options out of range", () => {
    expect(() => tpe({ startupTrials: -1 })).toThrow(/startupTrials must be an integer of at least 0/);
    expect(() => tpe({ candidates: 0 })).toThrow(/candidates must be an integer of at least 1/);
    expect(() => tpe({ candidates: 2.5 })).toThrow(expect.objectContaining({ code: "invalid-sampler-option" }));
  });

  it("proposes from the prior alone when nothing has finished and nothing is to be awaited", () => {
    const study = new FakeStudy(9);
    const sampler = tpe({ startupTrials: 0 });
    for (let i = 0; i < 5; i++) expect(contains(x, Number(study.run(sampler, sphere)["a"]))).toBe(true);
  });
});
