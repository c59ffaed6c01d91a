import { describe, expect, it } from "vitest";
import { bruteForce } from "../../../src/engine/samplers/brute-force.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const newStudy = (sampler = bruteForce(), storage = new MemoryStorage(), seed = 1) =>
  createStudy({ storage, sampler, seed, name: "b", loadIfExists: true });
const tried = ({ trials }: Study): string[] => trials.map(({ params }) => JSON.stringify(params)).sort();

/** 5 + 6 combinations. */
function branching(trial: Trial): number {
  if (trial.suggestCategorical("c", ["float", "int"]) === "float") return trial.suggestFloat("x", 1, 3, { step: 0.5 });
  const a = trial.suggestInt("a", 1, 3);
  return a + trial.suggestInt("b", a, 3);
}

describe("bruteForce", () => {
  it("tries every combination of a branching objective once, and ends", async () => {
    const study = newStudy();
    expect(await study.optimize(branching)).toBe("trials");
    const floats = [1, 1.5, 2, 2.5, 3].map((x) => ({ c: "float", x }));
    const ints = [
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 2],
      [2, 3],
      [3, 3],
    ].map(([a, b]) => ({ c: "int", a, b }));
    expect(tried(study)).toEqual([...floats, ...ints].map((params) => JSON.stringify(params)).sort());
  });

  it("tries decimals as they are written", async () => {
    const study = newStudy();
    await study.optimize((trial) => trial.suggestFloat("x", 0, 1, { step: 0.1 }));
    const values = study.trials.map(({ params }) => params.x).sort();
    expect(values).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  });

  it("goes on where it was, in another order with another seed", async () => {
    const storage = new MemoryStorage();
    await newStudy(bruteForce(), storage).optimize(branching, { trials: 4 });
    const resumed = newStudy(bruteForce(), storage);
    await resumed.optimize(branching);
    expect(new Set(tried(resumed)).size).toBe(11);
    const whole = newStudy();
    await whole.optimize(branching);
    expect(resumed.trials.map(({ params }) => params)).toEqual(whole.trials.map(({ params }) => params));
    const other = newStudy(bruteForce(), new MemoryStorage(), 2);
    await other.optimize(branching);
    expect(other.trials.map(({ params }) => params)).not.toEqual(whole.trials.map(({ params }) => params));
  });

  it("counts failed trials as tried, stopped ones and those that tried nothing not", async () => {
    const study = newStudy();
    let first = true;
    await study.optimize(
      (trial) => {
        if (first) {
          first = false;
          throw new Error("before the first suggestion");
        }
        const a = trial.suggestInt("a", 0, 3);
        if (a === 2) throw new Error("always");
        return a;
      },
      { catch: true },
    );
    expect(study.trials).toHaveLength(5);
    expect(study.trials.map(({ params }) => params.a ?? -1).sort()).toEqual([-1, 0, 1, 2, 3]);
  });

  it("leaves to others what they are at", () => {
    const study = newStudy();
    const values = Array.from({ length: 4 }, () => study.ask().suggestInt("a", 0, 3));
    expect(values.sort()).toEqual([0, 1, 2, 3]);
    expect(study.sampler.isExhausted!(study)).toBe(true);
    expect(bruteForce({ avoidPrematureStop: true }).isExhausted!(study)).toBe(false);
    for (let number = 0; number < 4; number++) study.tell(number, 1);
    expect(bruteForce({ avoidPrematureStop: true }).isExhausted!(study)).toBe(true);
  });

  it("does not end for a trial that has yet to suggest something", () => {
    const study = newStudy();
    study.ask();
    expect(study.sampler.isExhausted!(study)).toBe(false);
  });

  it("is not confused by enqueued values outside the space", async () => {
    const study = newStudy();
    study.enqueueTrial({ a: 17 });
    study.enqueueTrial({ a: 1 });
    await study.optimize((trial) => trial.suggestInt("a", 0, 3));
    expect(study.trials.map(({ params }) => Number(params.a)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 17]);
  });

  it("draws from a billion values without listing them", async () => {
    const study = newStudy();
    await study.optimize((trial) => trial.suggestInt("a", 0, 1e9), { trials: 20 });
    expect(new Set(study.trials.map(({ params }) => params.a)).size).toBe(20);
  });

  it("refuses continuous parameters, and a space that changes", async () => {
    const study = newStudy();
    expect(() => study.ask().suggestFloat("x", 0, 1)).toThrow('"x" is continuous');
    study.tell(0, undefined, { state: "FAIL" });
    study.ask().suggestInt("a", 0, 1);
    study.tell(1, 0);
    expect(() => study.ask().suggestInt("b", 0, 1)).toThrow('one trial suggests "a" and another suggests "b"');
  });
});
