import { describe, expect, it } from "vitest";
import { dominatedHypervolume } from "../../../../src/engine/study/best-trials.js";
import { floatDistribution } from "../../../../src/engine/distribution.js";
import { InvalidArgumentError } from "../../../../src/engine/errors.js";
import { gaussianProcess } from "../../../../src/engine/samplers/gaussian-process/gaussian-process.js";
import { random } from "../../../../src/engine/samplers/random.js";
import type { Sampler } from "../../../../src/engine/samplers/sampler.js";
import { createStudy, type CreateStudyOptions } from "../../../../src/engine/study/create-study.js";
import type { Trial } from "../../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../../src/storage/memory.js";

function newStudy(options: Partial<CreateStudyOptions> = {}) {
  return createStudy({ storage: new MemoryStorage(), sampler: gaussianProcess(), seed: 1, ...options });
}

/** 0.397887 in three places. */
function branin(trial: Trial): number {
  const x = trial.suggestFloat("x", -5, 10);
  const y = trial.suggestFloat("y", 0, 15);
  const valley = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return valley ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

/** 0 at one of 4 × 9 × 21 combinations and one x. */
function mixed(trial: Trial): number {
  const units = trial.suggestInt("units", 1, 21);
  const rate = trial.suggestFloat("rate", 1e-5, 1e-1, { log: true });
  const share = trial.suggestFloat("share", 0, 0.8, { step: 0.1 });
  const bonus = { a: 2, b: 0, c: 1, d: 3 }[trial.suggestCategorical("kind", ["a", "b", "c", "d"])];
  return ((units - 13) / 5) ** 2 + (Math.log10(rate) + 3) ** 2 + 5 * (share - 0.3) ** 2 + bonus;
}

/** A squared distance, and another's negative: the front lies between the two centers. */
function twoCenters(trial: Trial): [number, number] {
  const x = trial.suggestFloat("x", 0, 1);
  const y = trial.suggestFloat("y", 0, 1);
  return [(x - 0.25) ** 2 + (y - 0.25) ** 2, -((x - 0.75) ** 2) - (y - 0.75) ** 2];
}

describe("gaussianProcess", () => {
  it("finds Branin's minimum in 40 trials", async () => {
    const study = newStudy();
    await study.optimize(branin, { trials: 40 });
    expect(study.bestValue).toBeLessThan(0.41);
  });

  it("maximizes", async () => {
    const study = newStudy({ direction: "maximize" });
    await study.optimize((trial) => -branin(trial), { trials: 40 });
    expect(study.bestValue).toBeGreaterThan(-0.41);
  });

  it("finds a minimum over steps, choices and logarithms", async () => {
    const study = newStudy();
    await study.optimize(mixed, { trials: 60 });
    expect(study.bestParams).toMatchObject({ units: 13, share: 0.3, kind: "b" });
    expect(study.bestValue).toBeLessThan(0.01);
  });

  it("tries no combination of steps and choices twice while others are left", async () => {
    const study = newStudy({ sampler: gaussianProcess({ startupTrials: 4 }) });
    const small = (trial: Trial) =>
      trial.suggestInt("n", 1, 4) * (trial.suggestCategorical("kind", ["a", "bb", "ccc"]).length + 1);
    await study.optimize(small, { trials: 4 });
    const drawn = new Set(study.trials.map(({ params }) => JSON.stringify(params))).size;
    await study.optimize(small, { trials: 12 - drawn });
    expect(new Set(study.trials.map(({ params }) => JSON.stringify(params))).size).toBe(12);
    await study.optimize(small, { trials: 1 });
    expect(study.trials.at(-1)!.state).toBe("COMPLETE");
  });

  it("gives trials that run at once different combinations", async () => {
    const study = newStudy({ sampler: gaussianProcess({ startupTrials: 4 }) });
    const kinds = (trial: Trial) => trial.suggestCategorical("kind", ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]);
    await study.optimize((trial) => kinds(trial).length, { trials: 4 });
    const tried = new Set(study.trials.map(({ params }) => params.kind));
    const running = Array.from({ length: 6 - tried.size }, () => kinds(study.ask()));
    expect(new Set([...tried, ...running]).size).toBe(6);
  });

  it("needs fewer trials where it knows that there is no noise", async () => {
    const study = newStudy({ sampler: gaussianProcess({ deterministicObjective: true }) });
    await study.optimize(branin, { trials: 40 });
    expect(study.bestValue).toBeLessThan(0.4);
  });

  it("is random for the first trials", async () => {
    const run = async (sampler: Sampler) => {
      const study = newStudy({ sampler });
      await study.optimize(branin, { trials: 8 });
      return study.trials.map(({ params }) => params);
    };
    const uniform = await run(random());
    expect(await run(gaussianProcess())).toEqual(uniform);
    const early = await run(gaussianProcess({ startupTrials: 4 }));
    expect(early.slice(0, 4)).toEqual(uniform.slice(0, 4));
    expect(early[4]).not.toEqual(uniform[4]);
  });

  it("counts COMPLETE trials alone", async () => {
    const study = newStudy();
    await study.optimize(branin, { trials: 9 });
    for (let i = 0; i < 5; i++) {
      const trial = study.ask();
      branin(trial);
      trial.report(1e9, 1);
      study.tell(trial, undefined, { state: "PRUNED" });
    }
    const systemAttrs = () => study.trials.at(-1)!.systemAttrs;
    study.ask().suggestFloat("x", -5, 10);
    expect(systemAttrs()).toEqual({});
    const asked = study.ask();
    study.tell(asked, branin(asked));
    study.ask().suggestFloat("x", -5, 10);
    expect(Object.keys(systemAttrs())).toEqual(["gp:fit:0", "gp:relative_params:0"]);
  });

  it("keeps away from where trials run", async () => {
    const study = newStudy();
    await study.optimize(branin, { trials: 20 });
    const asked = Array.from({ length: 4 }, () => study.ask());
    // Only the first two have asked for their parameters; what the others were given together is known all the same.
    for (const trial of asked.slice(0, 2)) branin(trial);
    const places = asked.map((trial) => [trial.suggestFloat("x", -5, 10), trial.suggestFloat("y", 0, 15)] as const);
    for (const [i, [x, y]] of places.entries())
      for (const [otherX, otherY] of places.slice(0, i))
        expect(Math.hypot(x - otherX, y - otherY)).toBeGreaterThan(0.3);
  });

  it("tries what satisfies the constraints", async () => {
    const study = newStudy();
    await study.optimize(
      (trial) => {
        const x = trial.suggestFloat("x", 0, 1);
        const y = trial.suggestFloat("y", 0, 1);
        trial.setConstraint("disc", (x - 0.3) ** 2 + (y - 0.3) ** 2 - 0.04);
        return x + y; // Smallest at 0.3 − √0.02 for both.
      },
      { trials: 40 },
    );
    expect(study.bestValue).toBeLessThan(2 * (0.3 - Math.sqrt(0.02)) + 0.01);
    const { length } = study.trials
      .slice(10)
      .filter(({ systemAttrs }) => Number(systemAttrs["constraints:disc"]) < 0.02);
    expect(length).toBeGreaterThan(15);
  });

  it("finds its way to what satisfies the constraints where nothing does yet", async () => {
    const study = newStudy();
    await study.optimize(
      (trial) => {
        const x = trial.suggestFloat("x", 0, 1);
        const y = trial.suggestFloat("y", 0, 1);
        trial.setConstraint("corner", 1.9 - x - y);
        return x;
      },
      { trials: 25 },
    );
    expect(study.bestTrials).toHaveLength(1);
  });

  it("spreads over the Pareto front of two objectives", async () => {
    const run = async (sampler: Sampler) => {
      const study = newStudy({ sampler, directions: ["minimize", "maximize"] });
      await study.optimize(twoCenters, { trials: 40 });
      return dominatedHypervolume(study.trials, study.directions, [1, -1]);
    };
    // 0.9583 at most: the squared distances a and b on the front have √a + √b = √0.5.
    expect(await run(gaussianProcess())).toBeGreaterThan(0.95);
    expect(await run(random())).toBeLessThan(0.94);
  });

  it("fits the models of several objectives in turn where there are many trials", () => {
    const study = newStudy({ directions: ["minimize", "maximize"] });
    const distributions = { x: floatDistribution(0, 1), y: floatDistribution(0, 1) };
    for (let i = 0; i < 110; i++) {
      const params = { x: (i % 11) / 11, y: (i % 10) / 10 };
      study.addTrial({ params, distributions, values: [params.x ** 2, params.y] });
    }
    for (let i = 0; i < 3; i++) {
      const trial = study.ask();
      study.tell(trial, twoCenters(trial));
    }
    const fitted = study.trials
      .slice(110)
      .map(({ systemAttrs }) => Object.keys(systemAttrs).filter((key) => key.startsWith("gp:fit:")));
    expect(fitted[0]).toEqual(["gp:fit:0", "gp:fit:1"]);
    expect(fitted.slice(1)).toEqual([["gp:fit:1"], ["gp:fit:0"]]);
  });

  it("spreads over the feasible part of a front, while trials run", () => {
    const study = newStudy({ directions: ["minimize", "maximize"] });
    for (let round = 0; round < 12; round++) {
      for (const trial of Array.from({ length: 3 }, () => study.ask())) {
        const values = twoCenters(trial);
        trial.setConstraint("left", trial.suggestFloat("x", 0, 1) - 0.5);
        study.tell(trial, values);
      }
    }
    const late = study.trials.slice(18);
    expect(late.filter(({ params }) => Number(params.x) < 0.52).length).toBeGreaterThan(12);
    expect(study.bestTrials.length).toBeGreaterThan(5);
  });

  it("finds its way to what satisfies the constraints of two objectives where nothing does yet", async () => {
    const study = newStudy({ directions: ["minimize", "maximize"] });
    await study.optimize(
      (trial) => {
        const values = twoCenters(trial);
        trial.setConstraint("corner", 1.9 - trial.suggestFloat("x", 0, 1) - trial.suggestFloat("y", 0, 1));
        return values;
      },
      { trials: 25 },
    );
    expect(study.bestTrials.length).toBeGreaterThan(0);
  });

  it("leaves out of account an objective that is the same everywhere", async () => {
    const study = newStudy({ directions: ["minimize", "minimize", "minimize"] });
    await study.optimize((trial) => [branin(trial), 1, 0], { trials: 30 });
    expect(study.bestTrials[0]!.values![0]).toBeLessThan(1);
  });

  it("refuses options that cannot be", () => {
    expect(() => gaussianProcess({ startupTrials: 1.5 })).toThrow(InvalidArgumentError);
    expect(() => gaussianProcess({ startupTrials: -1 })).toThrow(InvalidArgumentError);
  });

  it("begins where parameters of another space ended with its own", async () => {
    const study = newStudy();
    const square = (trial: Trial, name: string) => trial.suggestFloat(name, -5, 10) ** 2;
    await study.optimize((trial) => square(trial, "x") + 0.01 * square(trial, "y"), { trials: 12 });
    await study.optimize((trial) => square(trial, "x"), { trials: 12 });
    expect(study.bestValue).toBeLessThan(0.1);
  });
});
