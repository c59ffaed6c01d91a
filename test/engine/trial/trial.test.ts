import { describe, expect, it } from "vitest";
import type { Distribution, ParamValue, SearchSpace } from "../../../src/engine/distribution.js";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { IncompatibleDistributionError, TunelensError } from "../../../src/engine/errors.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { RetrainTrial } from "../../../src/engine/trial/retrain-trial.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { branch, categorical, float, int, type Space } from "../../../src/engine/space.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { StudyListener, StudySettings } from "../../../src/engine/study/study-settings.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

/** Proposes the low end, or the last choice, alone; together what a test says. Writes down what it was asked. */
class ScriptedSampler implements Sampler {
  readonly name = "ScriptedSampler";
  readonly asked: string[] = [];

  constructor(
    private readonly together: SearchSpace = new Map(),
    private readonly values: ReadonlyMap<string, ParamValue> = new Map(),
  ) {}

  relativeSpace(): SearchSpace {
    this.asked.push("relativeSpace");
    return this.together;
  }

  sampleRelative(): ReadonlyMap<string, ParamValue> {
    this.asked.push("sampleRelative");
    return this.values;
  }

  sampleIndependent(_study: unknown, _trial: unknown, name: string, distribution: Distribution): ParamValue {
    this.asked.push(name);
    return distribution.type === "categorical" ? distribution.choices.at(-1)! : distribution.low;
  }
}

function studyWith<S extends Space>(settings: Partial<StudySettings<S>> = {}) {
  const warnings: string[] = [];
  const listener: StudyListener = { warn: (message) => warnings.push(message), ...settings.listener };
  const sampler = new ScriptedSampler();
  const storage = new MemoryStorage();
  const study = createStudy<S>({ name: "s", storage, sampler, pruner: nopPruner(), ...settings, listener });
  return { study, storage, sampler, warnings };
}

const space = {
  layers: int(1, 5),
  optimizer: branch({ adam: { beta1: float(0.8, 0.999) }, sgd: { momentum: float(0.1, 0.99) } }),
  only: categorical(["here"]),
};

describe("params", () => {
  it("are suggested when first read, in declared order, of a branch the chosen kind's only", () => {
    const { study, storage, sampler } = studyWith({ space });
    const trial = study.ask();
    expect(storage.getTrial(trial.id).params).toEqual({});

    expect(trial.params).toEqual({ layers: 1, optimizer: { kind: "sgd", momentum: 0.1 }, only: "here" });
    expect(trial.params).toBe(trial.params);
    expect(Object.entries(storage.getTrial(trial.id).params)).toEqual([
      ["layers", 1],
      ["optimizer", "sgd"],
      ["optimizer.sgd.momentum", 0.1],
      ["only", "here"],
    ]);
    expect(sampler.asked).toEqual(["relativeSpace", "layers", "optimizer", "optimizer.sgd.momentum"]);
  });
});

describe("suggest", () => {
  it("takes what was enqueued, then the only value, then what was proposed together, then a proposal alone", () => {
    const unit = floatDistribution(0, 1);
    const together: SearchSpace = new Map([
      ["fixed", unit],
      ["relative", unit],
      ["narrowed", unit],
    ]);
    const values = new Map([
      ["fixed", 0.1],
      ["relative", 0.2],
      ["narrowed", 0.3],
    ]);
    const sampler = new ScriptedSampler(together, values);
    const { study } = studyWith({ sampler });
    study.enqueueTrial({ fixed: 0.9 });
    const trial = study.ask();

    expect(trial.suggestFloat("fixed", 0, 1)).toBe(0.9);
    expect(trial.suggestFloat("single", 7, 7)).toBe(7);
    expect(sampler.asked).toEqual([]);
    expect(trial.suggestFloat("relative", 0, 1)).toBe(0.2);
    expect(trial.suggestFloat("narrowed", 0.5, 1)).toBe(0.5);
    expect(trial.suggestInt("alone", 3, 9)).toBe(3);
    expect(sampler.asked).toEqual(["relativeSpace", "sampleRelative", "narrowed", "alone"]);
  });

  it("are those suggested so far where the study has no space, as are the distributions", () => {
    const { study } = studyWith();
    const trial = study.ask();
    expect(trial.params).toEqual({});
    expect(() => trial.params["x"]).toThrow('trial.params has no parameter "x". The study has no space');
    trial.suggestFloat("x", 0, 1, { step: 0.5 });
    trial.suggestCategorical("constructor", ["a", null]);
    expect(trial.params).toEqual({ x: 0, constructor: null });
    expect(trial.distributions).toEqual({
      x: float(0, 1, { step: 0.5 }).distribution,
      constructor: categorical(["a", null]).distribution,
    });
  });

  it("refuse a name that the space does not have", () => {
    const { params } = studyWith({ space }).study.ask() as { readonly params: Readonly<Record<string, unknown>> };
    expect(() => params.layer).toThrow(
      'Study "s", trial 0: trial.params has no parameter "layer". Did you mean "layers"?',
    );
  });

  it("gives the first value again for the same name", () => {
    const { study, sampler } = studyWith();
    const trial = study.ask();
    expect(trial.suggestFloat("x", 0, 1)).toBe(0);
    expect(trial.suggestFloat("x", 0.5, 1)).toBe(0);
    expect(sampler.asked).toEqual(["relativeSpace", "x"]);
  });

  it("refuses a name with another class in the trial, and in the study", () => {
    const { study } = studyWith();
    const trial = study.ask();
    trial.suggestFloat("x", 0, 1);
    expect(() => trial.suggestInt("x", 0, 1)).toThrow(IncompatibleDistributionError);
    expect(() => study.ask().suggestCategorical("x", ["a"])).toThrow(IncompatibleDistributionError);
    expect(() => trial.suggestFloat("lr", 0, 1, { log: true })).toThrow('Parameter "lr"');
  });

  it("uses an enqueued value outside the range with a warning, and refuses what is no value", () => {
    const { study, warnings } = studyWith();
    study.enqueueTrial({ x: 5, y: "text" });
    const trial = study.ask();
    expect(trial.suggestFloat("x", 0, 1)).toBe(5);
    expect(warnings).toEqual([
      'Study "s", trial 0: the enqueued value 5 of "x" is outside float(0, 1). It is used anyway.',
    ]);
    expect(() => trial.suggestInt("y", 0, 1)).toThrow('"text" is not a value of int(0, 1)');
  });

  it("takes an enqueued null where null is a choice", () => {
    const { study } = studyWith();
    study.enqueueTrial({ x: null });
    expect(study.ask().suggestCategorical("x", ["a", null, "b"])).toBe(null);
  });
});

describe("report", () => {
  it("stores values, NaN and infinities too, the first of a step only", () => {
    const reports: unknown[] = [];
    const { study, storage, warnings } = studyWith({ listener: { report: (event) => reports.push(event) } });
    const trial = study.ask();
    trial.report(0.5, 0);
    trial.report(NaN, 1);
    trial.report(-Infinity, 2);
    trial.report(0.1, 0);
    expect([...storage.getTrial(trial.id).intermediateValues]).toEqual([
      [0, 0.5],
      [1, NaN],
      [2, -Infinity],
    ]);
    expect(warnings).toEqual(['Study "s", trial 0: step 0 was already reported. The second value, 0.1, is ignored.']);
    expect(reports).toHaveLength(3);
  });

  it("refuses steps that are none, values that are none, and several objectives", () => {
    const { study } = studyWith();
    const trial = study.ask();
    expect(() => trial.report(1, -1)).toThrow('Study "s", trial 0: the step must be an integer of at least 0, not -1.');
    expect(() => trial.report(1, 0.5)).toThrow(TunelensError);
    expect(() => trial.report("1" as never, 0)).toThrow('value must be a number, not "1". Convert it with Number(…).');
    const several = createStudy({ name: "t", storage: new MemoryStorage(), directions: ["minimize", "maximize"] });
    expect(() => several.ask().report(1, 0)).toThrow("report supports only studies with one objective");
    expect(() => several.ask().shouldPrune()).toThrow("shouldPrune supports only studies with one objective");
  });

  it("asks the pruner with what was reported so far", () => {
    const pruner: Pruner = {
      name: "above 1",
      prune: (_study, { intermediateValues }) => intermediateValues.get(1)! > 1,
    };
    const { study } = studyWith({ pruner });
    const trial = study.ask();
    trial.report(5, 0);
    expect(trial.shouldPrune()).toBe(false);
    trial.report(5, 1);
    expect(trial.shouldPrune()).toBe(true);
  });

  it("streams epochs to the listener and stores nothing of them", () => {
    const epochs: unknown[] = [];
    const { study, storage } = studyWith({ listener: { epoch: (event) => epochs.push(event) } });
    const trial = study.ask({ epochs: 3 });
    trial.reportEpoch({ epoch: 0, epochs: trial.epochs, logs: { loss: 0.5, val_loss: NaN } });
    expect(epochs).toEqual([{ number: 0, epoch: 0, epochs: 3, logs: { loss: 0.5, val_loss: NaN } }]);
    expect(storage.getTrial(trial.id).intermediateValues.size).toBe(0);
  });
});

describe("what a trial knows", () => {
  it("has a seed that depends on the study's seed and the trial's number alone", () => {
    const seeds = (seed: number | undefined) => {
      const { study } = studyWith({ seed });
      return [study.ask().seed, study.ask().seed];
    };
    const [first, second] = seeds(7);
    expect(seeds(7)).toEqual([first, second]);
    expect(first).not.toBe(second);
    expect(seeds(8)[0]).not.toBe(first);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThan(2 ** 31);
    expect(Number.isInteger(first)).toBe(true);
    expect(seeds(undefined)).toEqual([undefined, undefined]);
  });

  it("keeps user attributes in the storage", () => {
    const { study, storage } = studyWith();
    const trial = study.ask();
    trial.setUserAttr("model", { layers: [3, 4] });
    expect(storage.getTrial(trial.id).userAttrs).toEqual({ model: { layers: [3, 4] } });
    expect(trial.purpose).toBe("study");
    expect(trial.signal.aborted).toBe(false);
    expect(trial.datetimeStart).toEqual(storage.getTrial(trial.id).datetimeStart);
  });
});

describe("RetrainTrial", () => {
  const setup = { number: 4, studyName: "s", directions: ["minimize"] as const, space, datetimeStart: new Date() };

  it("has the fixed params, prunes nothing, and keeps what was reported", () => {
    const fixed = { layers: 3, optimizer: "adam", "optimizer.adam.beta1": 0.9 };
    const trial = new RetrainTrial(fixed, { ...setup, epochs: 50 });
    expect(trial.params).toEqual({ layers: 3, optimizer: { kind: "adam", beta1: 0.9 }, only: "here" });
    trial.report(1e9, 0);
    expect(trial.shouldPrune()).toBe(false);
    expect([...trial.intermediateValues]).toEqual([[0, 1e9]]);
    expect([trial.purpose, trial.number, trial.epochs]).toEqual(["retrain", 4, 50]);
    trial.setUserAttr("a", 1);
    expect(trial.userAttrs).toEqual({ a: 1 });
  });

  it("says which parameter the trial lacks", () => {
    const trial = new RetrainTrial({ layers: 3 }, setup);
    expect(() => trial.params).toThrow('Study "s", trial 4 has no value for the parameter "optimizer"');
  });
});

describe("ask with distributions", () => {
  const distributions = { x: float(0, 1).distribution, n: int(2, 9).distribution };

  it("suggests each of them at once", () => {
    const { study, storage, sampler } = studyWith();
    const trial = study.ask({ distributions });
    expect(storage.getTrial(trial.id).params).toEqual({ x: 0, n: 2 });
    expect(trial.params).toEqual({ x: 0, n: 2 });
    expect(trial.distributions).toEqual(distributions);
    expect(sampler.asked).toEqual(["relativeSpace", "x", "n"]);
    expect(study.tell(trial, 1).params).toEqual({ x: 0, n: 2 });
  });

  it("takes what was enqueued", () => {
    const { study } = studyWith();
    study.enqueueTrial({ n: 7 });
    expect(study.ask({ distributions }).params).toEqual({ x: 0, n: 7 });
  });

  it("makes no trial of what is no distribution, and fails one that the study cannot have", () => {
    const { study } = studyWith();
    const ask = (x: unknown) => () => study.ask({ distributions: { x: x as Distribution } });
    expect(ask(float(0, 1))).toThrow('Parameter "x" needs a distribution');
    expect(ask(null)).toThrow('Parameter "x" needs a distribution');
    expect(ask({ type: "float", low: 1, high: 0 })).toThrow('Parameter "x": float(1, 0): the range is empty');
    expect(() => study.ask({ distribution: {} } as never)).toThrow('Did you mean "distributions"?');
    expect(study.trials).toEqual([]);
    study.ask({ distributions });
    expect(ask(int(0, 1).distribution)).toThrow(IncompatibleDistributionError);
    expect(study.trials.map(({ state }) => state)).toEqual(["RUNNING", "FAIL"]);
  });
});

it("has the user attributes it was given", () => {
  const { study } = studyWith();
  const trial = study.ask();
  trial.setUserAttr("k", [1]);
  expect(trial.userAttrs).toEqual({ k: [1] });
});
