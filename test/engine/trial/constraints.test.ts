import { describe, expect, it } from "vitest";
import { constraintValues, isConstrained, isFeasible, totalViolation } from "../../../src/engine/trial/constraints.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { random } from "../../../src/engine/samplers/random.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { RetrainTrial } from "../../../src/engine/trial/retrain-trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { trialSnapshot } from "../recorded-study.js";

describe("constraints stored with a trial", () => {
  const old = trialSnapshot(0, { systemAttrs: { constraints: [-1, 2, 0.5] } });
  const now = trialSnapshot(1, { systemAttrs: { "constraints:memory": -0.5, "constraints:a:b": 0, note: 3 } });

  it("are read by key, those of older files by index", () => {
    expect(constraintValues(now)).toEqual({ memory: -0.5, "a:b": 0 });
    expect(constraintValues(old)).toEqual({ 0: -1, 1: 2, 2: 0.5 });
  });

  it("count once where a file has both", () => {
    const both = trialSnapshot(0, { systemAttrs: { constraints: [3, 4], "constraints:0": 1 } });
    expect(totalViolation(both)).toBe(5);
  });

  it("make a trial infeasible when one is above 0", () => {
    expect([isFeasible(now), isFeasible(old), isFeasible(trialSnapshot(2))]).toEqual([true, false, true]);
    expect([totalViolation(now), totalViolation(old)]).toEqual([0, 2.5]);
    expect([isConstrained(now), isConstrained(trialSnapshot(2))]).toEqual([true, false]);
  });
});

describe("setConstraint", () => {
  function study() {
    const warnings: string[] = [];
    const listener = { warn: (message: string) => void warnings.push(message) };
    const storage = new MemoryStorage();
    return {
      study: createStudy({ name: "s", storage, sampler: random(), pruner: nopPruner(), listener }),
      warnings,
    };
  }

  it("stores the first value of a key where Optuna reads it", () => {
    const { study: s, warnings } = study();
    const trial = s.ask();
    trial.setConstraint("memory", 3);
    trial.setConstraint("memory", -1);
    trial.setConstraint("time", -Infinity);
    expect(trial.constraints).toEqual({ memory: 3, time: -Infinity });
    expect(s.tell(trial, 1).systemAttrs).toEqual({ "constraints:memory": 3, "constraints:time": -Infinity });
    expect(warnings).toEqual([
      'Study "s", trial 0: the constraint "memory" was already set. The second value, -1, is ignored.',
    ]);
  });

  it("refuses NaN and what is no number, and stores nothing", () => {
    const { study: s } = study();
    const trial = s.ask();
    expect(() => trial.setConstraint("c", NaN)).toThrow(expect.objectContaining({ code: "invalid-constraint" }));
    expect(() => trial.setConstraint("c", "1" as never)).toThrow('the constraint "c" must be a number, not string');
    expect(s.trials[0]!.systemAttrs).toEqual({});
  });

  it("knows what an earlier process set", () => {
    const { study: s, warnings } = study();
    s.addTrial({ state: "WAITING", systemAttrs: { "constraints:c": 1 } });
    const trial = s.ask();
    trial.setConstraint("c", 0);
    expect(trial.constraints).toEqual({ c: 1 });
    expect(warnings).toHaveLength(1);
  });

  it("makes the best trial the best feasible one", () => {
    const { study: s } = study();
    for (const [value, violation] of [
      [0, 1],
      [2, 0],
      [1, -1],
    ] as const) {
      const trial = s.ask();
      trial.setConstraint("c", violation);
      s.tell(trial, value);
    }
    expect(s.bestTrial.number).toBe(2);
  });

  it("has no best trial while none is feasible", () => {
    const { study: s } = study();
    s.addTrial({ value: 1, constraints: { c: 1 } });
    expect(() => s.bestTrial).toThrow('Study "s" has no complete trial that satisfies its constraints.');
    s.addTrial({ value: 2, constraints: { c: 0 } });
    expect(s.bestTrial.systemAttrs).toEqual({ "constraints:c": 0 });
    expect(() => s.addTrial({ value: 2, constraints: { c: NaN } })).toThrow("must be a number, not NaN");
    expect(s.trials).toHaveLength(2);
  });

  it("stores nothing when retraining", () => {
    const setup = {
      number: 0,
      studyName: "s",
      directions: ["minimize"] as const,
      space: {},
      datetimeStart: new Date(),
    };
    const trial = new RetrainTrial({}, setup);
    trial.setConstraint("c", 1);
    expect(trial.constraints).toEqual({ c: 1 });
  });
});
