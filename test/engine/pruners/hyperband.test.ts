import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { bracketBudgets, bracketOf, hyperband } from "../../../src/engine/pruners/hyperband.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { trialSnapshot, prunedSteps, RecordedStudy } from "../recorded-study.js";

interface Brackets {
  min: number;
  max: number;
  eta: number;
  budgets: number[];
  study_name: string;
  bracket_ids_0_59: number[];
}
const golden = JSON.parse(readFileSync(new URL("../../fixtures/optuna/golden.json", import.meta.url), "utf8")) as {
  hyperband: Brackets[];
};

describe("hyperband", () => {
  it.each(golden.hyperband)("has Optuna's brackets for $min … $max by $eta", (expected) => {
    const budgets = bracketBudgets(expected.min, expected.max, expected.eta);
    expect(budgets).toEqual(expected.budgets);
    const brackets = expected.bracket_ids_0_59.map((_, number) => bracketOf(expected.study_name, number, budgets));
    expect(brackets).toEqual(expected.bracket_ids_0_59);
  });

  it("lets a trial compete with its own bracket only", () => {
    const [study, { prune }] = [new RecordedStudy("alone", "minimize"), hyperband({ maxResource: 9 })];
    const budgets = bracketBudgets(1, 9, 3);
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    const first = numbers.filter((number) => bracketOf("alone", number, budgets) === 0);
    const last = first.at(-1)!;
    for (const number of numbers.slice(0, last)) {
      const value = first.includes(number) ? 2 : 0;
      study.put(trialSnapshot(number, { systemAttrs: { completed_rung_0: value } }));
    }
    const contender = trialSnapshot(last, { state: "RUNNING", intermediateValues: new Map([[1, 1]]) });
    study.put(contender);
    expect(prune(study, contender)).toBe(false);
    study.put(trialSnapshot(first[0]!, { systemAttrs: { completed_rung_0: 0 } }));
    const places = Math.floor(first.length / 3);
    for (const number of first.slice(0, places))
      study.put(trialSnapshot(number, { systemAttrs: { completed_rung_0: 0 } }));
    expect(prune(study, contender)).toBe(true);
  });

  it("keeps the brackets of the first trial to complete, and prunes nothing before", () => {
    const study = new RecordedStudy("auto", "minimize");
    const { prune } = hyperband();
    const curves = Array.from({ length: 20 }, (_, i) => Array.from({ length: i === 0 ? 9 : 27 }, () => i));
    const steps = prunedSteps(study, prune, curves);
    expect(steps[0]).toBeNull();
    const explicit = hyperband({ maxResource: 9 }).prune;
    const afterFirst: Pruner["prune"] = (view, trial) => trial.number > 0 && explicit(view, trial);
    expect(prunedSteps(new RecordedStudy("auto", "minimize"), afterFirst, curves)).toEqual(steps);
    // What a resumed study sees: a pruner that has seen none of the earlier trials.
    const renewed: Pruner["prune"] = (view, trial) => hyperband().prune(view, trial);
    expect(prunedSteps(new RecordedStudy("auto", "minimize"), renewed, curves)).toEqual(steps);
  });

  it("prunes nothing where no trial can reach the first rung", () => {
    const study = new RecordedStudy("short", "minimize");
    const { prune } = hyperband({ minResource: 100 });
    expect(prunedSteps(study, prune, [[1], [2], [3]])).toEqual([null, null, null]);
  });

  it.each([
    [{ minResource: 0 }, /minResource/],
    [{ minResource: 1.5 }, /minResource/],
    [{ minResource: 10, maxResource: 9 }, /maxResource must be an integer of at least 10, not 9/],
    [{ reductionFactor: 1 }, /reductionFactor/],
    [{ bootstrapCount: -1 }, /bootstrapCount/],
    [{ bootstrapCount: 1 }, /bootstrapCount cannot be combined with maxResource "auto"/],
  ])("refuses %j", (options, message) => {
    expect(() => hyperband(options)).toThrow(InvalidArgumentError);
    expect(() => hyperband(options)).toThrow(message);
  });
});
