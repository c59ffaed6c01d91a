import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ParamValue } from "../../../src/engine/distribution.js";
import { quasiRandom, type QuasiRandomOptions } from "../../../src/engine/samplers/quasi-random.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

/** Studies of Optuna's QMCSampler, unscrambled: the parameters of 20 trials, of which the first is random. */
interface Recorded {
  type: "sobol" | "halton";
  attrs: Record<string, number>;
  params: Record<string, ParamValue>[];
}
const recorded = JSON.parse(
  readFileSync(new URL("../../fixtures/optuna/quasi-random-studies.json", import.meta.url), "utf8"),
) as Recorded[];

function objective(trial: Trial): number {
  const numbers = [
    trial.suggestFloat("a", -1, 2),
    trial.suggestFloat("lr", 1e-5, 1e-1, { log: true }),
    trial.suggestInt("k", 1, 64, { log: true }),
    trial.suggestInt("n", 0, 10, { step: 2 }),
    trial.suggestFloat("d", 0, 1, { step: 0.1 }),
  ];
  return numbers.reduce((sum, x) => sum + x) + trial.suggestCategorical("c", ["p", "q'ué", "r"]).length;
}

function newStudy(options: QuasiRandomOptions, storage = new MemoryStorage(), seed = 3) {
  return createStudy({ storage, sampler: quasiRandom(options), seed, name: "q", loadIfExists: true });
}

describe.each(recorded)("$type", ({ type, attrs, params }) => {
  it("tries Optuna's points, and counts them where Optuna does", async () => {
    const study = newStudy({ type });
    await study.optimize(objective, { trials: 20 });
    for (const [i, trial] of study.trials.entries()) {
      if (i === 0) continue;
      for (const [name, value] of Object.entries(params[i]!))
        if (typeof value === "number") expect(trial.params[name], `${i} ${name}`).toBeCloseTo(value, 12);
        else expect(trial.params[name]).toBe(value);
    }
    expect(study.storage.getStudy(study.id).systemAttrs).toEqual(attrs);
  });

  it("goes on where it was, scrambled too", async () => {
    const whole = newStudy({ type, scramble: true });
    await whole.optimize(objective, { trials: 12 });
    const storage = new MemoryStorage();
    await newStudy({ type, scramble: true }, storage).optimize(objective, { trials: 5 });
    const resumed = newStudy({ type, scramble: true }, storage);
    await resumed.optimize(objective, { trials: 7 });
    expect(resumed.trials.map(({ params }) => params)).toEqual(whole.trials.map(({ params }) => params));
  });

  it("is scrambled by its seed, or the study's", async () => {
    const paramsOf = async (options: QuasiRandomOptions, seed: number) => {
      const study = newStudy({ type, scramble: true, ...options }, new MemoryStorage(), seed);
      await study.optimize(objective, { trials: 3 });
      return study.trials.slice(1).map(({ params }) => params);
    };
    expect(await paramsOf({ seed: 8 }, 1)).toEqual(await paramsOf({ seed: 8 }, 2));
    expect(await paramsOf({ seed: 8 }, 1)).not.toEqual(await paramsOf({ seed: 9 }, 1));
    expect(await paramsOf({}, 1)).not.toEqual(await paramsOf({}, 2));
  });
});

describe("quasiRandom", () => {
  it("leaves to another sampler what the first trial did not have", async () => {
    const study = newStudy({});
    await study.optimize((trial) => trial.suggestFloat("a", 0, 1), { trials: 1 });
    const trial = study.ask();
    expect(trial.suggestFloat("a", 0, 1)).toBe(0);
    expect(trial.suggestFloat("b", 0, 1)).toBeGreaterThan(0);
  });

  it("takes 300 parameters by Halton's sequence, not by Sobol's", async () => {
    const wide = (trial: Trial) =>
      Array.from({ length: 300 }, (_, i) => trial.suggestFloat(`x${i}`, 0, 1)).reduce((sum, x) => sum + x);
    const sobol = newStudy({});
    await sobol.optimize(wide, { trials: 1 });
    await expect(sobol.optimize(wide, { trials: 1 })).rejects.toThrow(
      'up to 250 parameters, not 300. Use type "halton"',
    );
    const halton = newStudy({ type: "halton" });
    await halton.optimize(wide, { trials: 2 });
    expect(halton.bestTrial.values![0]).toBe(0);
  });

  it("refuses what cannot be", () => {
    expect(() => quasiRandom({ type: "lattice" as never })).toThrow('"sobol" or "halton"');
    expect(() => quasiRandom({ seed: 0.5 })).toThrow("seed");
  });
});
