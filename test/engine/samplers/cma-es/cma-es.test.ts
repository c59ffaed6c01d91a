import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  categoricalDistribution,
  floatDistribution,
  intDistribution,
  toExternal,
  type Distribution,
  type ParamValue,
} from "../../../../src/engine/distribution.js";
import type { Json, TrialState } from "../../../../src/engine/trial/trial-snapshot.js";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import { cmaEs, type CmaEsOptions } from "../../../../src/engine/samplers/cma-es/cma-es.js";
import { DiagonalCovariance } from "../../../../src/engine/samplers/cma-es/diagonal-covariance.js";
import { drawWithinBounds, type EvolutionStrategy } from "../../../../src/engine/samplers/cma-es/evolution-strategy.js";
import { FullCovariance } from "../../../../src/engine/samplers/cma-es/full-covariance.js";
import { WithMargin } from "../../../../src/engine/samplers/cma-es/margin.js";
import { UnitCube } from "../../../../src/engine/samplers/cma-es/unit-cube.js";
import { parameterRng } from "../../../../src/engine/samplers/uniform.js";
import type { Direction } from "../../../../src/engine/storage.js";
import { createStudy } from "../../../../src/engine/study/create-study.js";
import type { Study } from "../../../../src/engine/study/study.js";
import type { Trial } from "../../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../../src/storage/memory.js";

function newStudy(options: CmaEsOptions = {}, storage = new MemoryStorage(), direction: Direction = "minimize") {
  return createStudy({ storage, sampler: cmaEs(options), seed: 3, name: "c", loadIfExists: true, direction });
}

function sphere(trial: Trial): number {
  return [0, 1, 2].reduce((sum, i) => sum + trial.suggestFloat(`x${i}`, -5, 10) ** 2, 0);
}

const paramsOf = (study: Study) => study.trials.map(({ params }) => params);
const attrsOf = (study: Study, key: string) => study.trials.map(({ systemAttrs }) => systemAttrs[key]);

/** What `test/fixtures/optuna/cmaes-studies.py` wrote. */
interface RecordedStudy {
  readonly name: "full" | "learningRateAdaptation" | "separable" | "withMargin";
  readonly direction: Direction;
  readonly trials: readonly {
    readonly state: TrialState;
    readonly value: number | null;
    readonly params: Readonly<Record<string, ParamValue>>;
    readonly systemAttrs: Readonly<Record<string, Json>>;
  }[];
  readonly expected: {
    readonly generation: number;
    readonly mean: readonly number[];
    readonly sigma: number;
    readonly covariance: readonly number[];
    readonly scales: readonly number[] | null;
  };
}
const recorded = JSON.parse(
  readFileSync(new URL("../../../fixtures/optuna/cmaes-studies.json", import.meta.url), "utf8"),
) as RecordedStudy[];

const distributions: Readonly<Record<string, Distribution>> = {
  a: floatDistribution(-5, 10),
  lr: floatDistribution(1e-5, 1e-1, { log: true }),
  units: intDistribution(1, 200, { log: true }),
  layers: intDistribution(1, 7, { step: 2 }),
  rate: floatDistribution(0, 0.9, { step: 0.1 }),
  kind: categoricalDistribution(["x", "y"]),
};
const numeric = new Map(
  Object.entries(distributions)
    .filter(([, { type }]) => type !== "categorical")
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

/** The distribution that Optuna has come to. */
function expectedStrategy({ name, expected }: RecordedStudy): EvolutionStrategy {
  const mean = Float64Array.from(expected.mean);
  const start = { mean, sigma: expected.sigma, covariance: Float64Array.from(expected.covariance) };
  if (name === "separable") return Object.assign(new DiagonalCovariance(start), { covariance: start.covariance });
  if (name !== "withMargin") return new FullCovariance(start);
  const strategy = new WithMargin(start, new UnitCube(numeric, true).counts);
  strategy.scales.set(expected.scales!);
  return strategy;
}

describe("a study that Optuna began", () => {
  it.each(recorded)("goes on from the same distribution: $name, $direction", (record) => {
    const { name, direction, trials, expected } = record;
    const options = name === "full" ? {} : { [name]: true };
    const sampler = { ...options, ...(direction === "maximize" && { populationSize: 6 }) };
    const storage = new MemoryStorage();
    const study = newStudy(sampler, storage, direction);
    for (const { state, value, params, systemAttrs } of trials)
      study.addTrial({ state, params, distributions, systemAttrs, ...(value !== null && { value }) });
    const asked = study.ask();
    const lr = asked.suggestFloat("lr", 1e-5, 1e-1, { log: true });
    const proposed = {
      lr,
      layers: asked.suggestInt("layers", 1, 7, { step: 2 }),
      a: asked.suggestFloat("a", -5, 10),
      units: asked.suggestInt("units", 1, 200, { log: true }),
      rate: asked.suggestFloat("rate", 0, 0.9, { step: 0.1 }),
    };
    const strategy = expectedStrategy(record);
    const snapshot = storage.getTrial(asked.id);
    const drawn = drawWithinBounds(strategy, parameterRng(study, snapshot, ""));
    const point = strategy.decode?.(drawn) ?? drawn;
    for (const [param, internal] of new UnitCube(numeric, name === "withMargin").params(point)) {
      const value = toExternal(distributions[param]!, internal);
      expect(proposed[param as keyof typeof proposed] / Number(value), param).toBeCloseTo(1, 9);
    }
    const prefix = { separable: "sepcma:", withMargin: "cmawm:", full: "cma:", learningRateAdaptation: "cma:" }[name];
    expect(snapshot.systemAttrs[`${prefix}generation`]).toBe(expected.generation);
    // The last generation is the only one this trial can record; the next process has nothing to add.
    const solutions = snapshot.systemAttrs[`${prefix}solutions`] as number[];
    for (const number of solutions)
      expect(study.trials[number]!.systemAttrs[`${prefix}generation`]).toBe(expected.generation - 1);
    const elsewhere = newStudy(sampler, storage, direction);
    const next = elsewhere.ask();
    next.suggestFloat("a", -5, 10);
    expect(Object.keys(storage.getTrial(next.id).systemAttrs)).not.toContain(`${prefix}solutions`);
  });
});

describe("generations", () => {
  it("are counted in the trials' attributes, with what moved the distribution", async () => {
    const study = newStudy();
    await study.optimize(sphere, { trials: 16 });
    // Seven trials of three parameters, after a random one.
    expect(attrsOf(study, "cma:generation")).toEqual([
      undefined,
      ...Array<number>(7).fill(0),
      ...Array<number>(7).fill(1),
      2,
    ]);
    const solutions = attrsOf(study, "cma:solutions");
    expect(solutions[8]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(solutions.filter((numbers) => numbers !== undefined)).toHaveLength(2);
  });

  it("are shared by processes that take turns", async () => {
    const alone = newStudy();
    await alone.optimize(sphere, { trials: 40 });
    const storage = new MemoryStorage();
    const processes = [newStudy({}, storage), newStudy({}, storage), newStudy({}, storage)];
    for (let i = 0; i < 40; i++) await processes[(i * i + i) % 3]!.optimize(sphere, { trials: 1 });
    expect(paramsOf(processes[0]!)).toEqual(paramsOf(alone));
  });

  it("resume exactly where trials ended out of order", async () => {
    const study = newStudy();
    await study.optimize(sphere, { trials: 3 });
    const pending: { number: number; value: number }[] = [];
    for (let i = 0; i < 60; i++) {
      const trial = study.ask();
      pending.push({ number: trial.number, value: sphere(trial) });
      // The third of those that run; some wait for many generations.
      const [ended] = pending.splice(2, 1);
      if (ended) study.tell(ended.number, ended.value);
    }
    expect(attrsOf(study, "cma:solutions").filter((numbers) => numbers !== undefined).length).toBeGreaterThan(5);
    // Two more in generations that are over: what had been told counts all the same.
    for (const { number, value } of pending) study.tell(number, value);
    const copy = new MemoryStorage();
    const resumed = newStudy({}, copy);
    for (const trial of study.trials) copy.createTrial(resumed.id, trial);
    expect(sphere(resumed.ask())).toBe(sphere(study.ask()));
  });

  it("that two processes moved at once are moved by the trial with the lower number", async () => {
    const storage = new MemoryStorage();
    const study = newStudy({}, storage);
    await study.optimize(sphere, { trials: 8 });
    const [late, first, second] = [study.ask(), study.ask(), study.ask()];
    sphere(second);
    expect(storage.getTrial(second.id).systemAttrs["cma:solutions"]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    // Another process has seen one more trial end.
    storage.setTrialSystemAttr(late.id, "cma:generation", 0);
    for (const i of [0, 1, 2]) storage.setTrialParam(late.id, `x${i}`, 9 - i, floatDistribution(-5, 10));
    study.tell(late.number, -100);
    const next = storage.getTrial(study.ask().id);
    const proposed = () => study.sampler.sampleRelative(study, next, study.sampler.relativeSpace(study, next));
    const before = proposed();
    storage.setTrialSystemAttr(first.id, "cma:generation", 1);
    storage.setTrialSystemAttr(first.id, "cma:solutions", [2, 3, 4, 5, 6, 7, 8]);
    const after = proposed();
    expect(after).not.toEqual(before);
    const elsewhere = newStudy({}, storage);
    const space = elsewhere.sampler.relativeSpace(elsewhere, next);
    expect(elsewhere.sampler.sampleRelative(elsewhere, next, space)).toEqual(after);
  });

  it("go on when a parameter is dropped", async () => {
    const study = newStudy();
    await study.optimize(sphere, { trials: 20 });
    await study.optimize((trial) => trial.suggestFloat("x0", -5, 10) ** 2 + trial.suggestFloat("x2", -5, 10) ** 2, {
      trials: 1,
    });
    const trial = study.ask();
    const space = study.sampler.relativeSpace(study, study.storage.getTrial(trial.id));
    expect([...space.keys()]).toEqual(["x0", "x2"]);
    trial.suggestFloat("x0", -5, 10);
    // Two parameters make generations of six, and with the last trial the third is complete.
    expect(study.storage.getTrial(trial.id).systemAttrs["cma:generation"]).toBe(3);
  });
});

describe("cmaEs", () => {
  it("finds a minimum, and as well a maximum", async () => {
    const study = newStudy();
    await study.optimize(sphere, { trials: 300 });
    expect(study.bestValue).toBeLessThan(1e-4);
    const mirrored = newStudy({}, new MemoryStorage(), "maximize");
    await mirrored.optimize((trial) => -sphere(trial), { trials: 300 });
    expect(paramsOf(mirrored)).toEqual(paramsOf(study));
  });

  it("leaves choices, first trials and what not all trials have to another sampler", async () => {
    const asked: string[] = [];
    const independentSampler = {
      name: "Recording",
      relativeSpace: () => new Map(),
      sampleRelative: () => new Map(),
      sampleIndependent: (_study: unknown, trial: { number: number }, name: string, distribution: Distribution) => {
        asked.push(`${trial.number} ${name}`);
        return distribution.type === "categorical" ? distribution.choices[0]! : distribution.low;
      },
    };
    const study = newStudy({ independentSampler, startupTrials: 2 });
    await study.optimize(
      (trial) => {
        const extra = trial.number === 2 ? trial.suggestFloat("extra", 0, 1) : 0;
        trial.suggestCategorical("kind", ["a", "b"]);
        return trial.suggestFloat("x", 0, 1) + extra;
      },
      { trials: 4 },
    );
    expect(asked).toEqual(["0 kind", "0 x", "1 kind", "1 x", "2 extra", "2 kind", "3 kind"]);
  });

  it("begins in the middle, or where it is told", async () => {
    const nearest = async (options: CmaEsOptions) => {
      const study = newStudy({ ...options, sigma0: 1e-4 });
      await study.optimize(
        (trial) => trial.suggestFloat("x", 0, 8) + trial.suggestFloat("lr", 1e-4, 1, { log: true }),
        {
          trials: 2,
        },
      );
      const { x, lr } = study.trials[1]!.params as { x: number; lr: number };
      return [x.toFixed(1), Math.log10(lr).toFixed(1)];
    };
    expect(await nearest({})).toEqual(["4.0", "-2.0"]);
    expect(await nearest({ x0: { x: 7 } })).toEqual(["7.0", "-2.0"]);
    expect(await nearest({ x0: { x: 0.5, lr: 0.1 } })).toEqual(["0.5", "-1.0"]);
  });

  it("begins where another study's best trials were", async () => {
    const source = newStudy();
    await source.optimize(sphere, { trials: 200 });
    const warm = newStudy({ sourceTrials: source.trials });
    await warm.optimize(sphere, { trials: 8 });
    const cold = newStudy();
    await cold.optimize(sphere, { trials: 8 });
    const total = (study: Study) => study.trials.slice(1).reduce((sum, { values }) => sum + values![0]!, 0);
    expect(total(warm)).toBeLessThan(total(cold) / 3);
  });

  it("takes PRUNED trials by their last value, if so told", async () => {
    const run = async (considerPrunedTrials: boolean) => {
      const study = newStudy({ considerPrunedTrials });
      await study.optimize(sphere, { trials: 1 });
      for (let i = 0; i < 14; i++) {
        const trial = study.ask();
        const value = sphere(trial);
        trial.report(1e9, 0);
        trial.report(i === 3 ? NaN : value, 7);
        study.tell(trial, undefined, { state: "PRUNED" });
      }
      const trial = study.ask();
      sphere(trial);
      return study.storage.getTrial(trial.id).systemAttrs["cma:generation"];
    };
    expect(await run(true)).toBe(2);
    expect(await run(false)).toBe(0);
  });

  it("keeps with the margin what was drawn, beside whole numbers and steps that were tried", async () => {
    const study = newStudy({ withMargin: true });
    await study.optimize(
      (trial) => Math.abs(trial.suggestInt("n", 0, 9) - 2) + trial.suggestFloat("x", 0, 1, { step: 0.25 }),
      { trials: 120 },
    );
    expect(study.bestValue).toBe(0);
    const last = study.trials.slice(-18);
    // It has converged, and neighbors of the best are still tried.
    expect(new Set(last.map(({ params }) => params.n)).size).toBeGreaterThan(1);
    for (const { systemAttrs } of last) expect(systemAttrs.x_for_tell).toHaveLength(2);
  });

  it("says what cannot be", async () => {
    expect(() => cmaEs({ populationSize: 1 })).toThrow("populationSize must be an integer of at least 2, not 1");
    expect(() => cmaEs({ startupTrials: -1 })).toThrow("startupTrials");
    expect(() => cmaEs({ sigma0: 0 })).toThrow("sigma0");
    expect(() => cmaEs({ sourceTrials: [], x0: {} })).toThrow("sourceTrials cannot be combined with x0 and sigma0");
    expect(() => cmaEs({ sourceTrials: [], separable: true })).toThrow("cannot be combined");
    expect(() => cmaEs({ separable: true, withMargin: true })).toThrow("cannot be combined");
    expect(() => cmaEs({ learningRateAdaptation: true, withMargin: true })).toThrow(
      "learningRateAdaptation cannot be combined",
    );
    const outside = newStudy({ x0: { x1: 11 } });
    await expect(outside.optimize(sphere, { trials: 2 })).rejects.toThrow(
      'x0 has 11 for "x1", which is outside float(-5, 10)',
    );
    const sourceless = newStudy({ sourceTrials: [] });
    await expect(sourceless.optimize(sphere, { trials: 2 })).rejects.toThrow(
      "none of the 0 sourceTrials is a finished trial with all of x0, x1, x2",
    );
  });
});

describe("UnitCube", () => {
  it.each([false, true])("gives back what it was given (on the grid: %s)", (onGrid) => {
    const cube = new UnitCube(numeric, onGrid);
    const rng = new SeededRng(8);
    for (let i = 0; i < 200; i++) {
      const params = cube.params(Float64Array.from({ length: 5 }, () => rng.next()));
      const again = cube.params(cube.point(Object.fromEntries(params))!);
      for (const [name, value] of params) expect(again.get(name)! / (value || 1)).toBeCloseTo(value && 1, 12);
    }
  });

  it("has no point for a parameter that is missing, and clips those outside", () => {
    const cube = new UnitCube(new Map([["x", floatDistribution(1, 2)]]), false);
    expect(cube.point({ y: 1 })).toBeUndefined();
    expect(cube.point({ x: 1e300 })).toEqual(Float64Array.of(1));
  });

  it("takes the widest range there is", () => {
    const cube = new UnitCube(new Map([["x", floatDistribution(-1e308, 1e308)]]), false);
    expect(cube.point({ x: 0 })).toEqual(Float64Array.of(0.5));
    expect(cube.params(Float64Array.of(0.75)).get("x")).toBeCloseTo(5e307, -300);
  });
});
