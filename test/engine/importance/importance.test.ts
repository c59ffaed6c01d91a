import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { paramImportances } from "../../../src/engine/importance/importance.js";
import { trialSnapshot } from "../recorded-study.js";
import { oddStudies, plainStudies } from "./optuna-studies.js";

describe("paramImportances", () => {
  it.each([...plainStudies, ...oddStudies])("of $name is Optuna's, normalized, most important first", (study) => {
    const ours = paramImportances(study.trials, { directions: [study.direction] });
    const optunas = study.importances.ped_anova;
    expect(ours.map(({ importance }) => importance)).toEqual(
      ours.map(({ importance }) => importance).sort((a, b) => b - a),
    );
    expect(ours.map(({ name }) => name).sort()).toEqual(Object.keys(optunas).sort());
    for (const { name, importance } of ours) expect(importance).toBeCloseTo(optunas[name]!, 9);
  });

  const { trials } = plainStudies[0]!;
  const directions = ["minimize"] as const;

  it("gives importances as they are when asked to", () => {
    const { importances } = plainStudies[0]!;
    const ours = paramImportances(trials, { directions, normalize: false });
    for (const { name, importance } of ours)
      expect(importance).toBeCloseTo(importances.ped_anova_unnormalized[name]!, 11);
  });

  it("sums to 1 with fANOVA, in an order of its own, by seed", () => {
    const ours = paramImportances(trials, { directions, evaluator: "fanova", seed: 3 });
    expect(ours.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 12);
    expect(ours[0]!.name).toBe("x0");
    expect(ours).toEqual(paramImportances(trials, { directions, evaluator: "fanova", seed: 3 }));
    expect(ours).not.toEqual(paramImportances(trials, { directions, evaluator: "fanova", seed: 4 }));
  });

  it.each(["ped-anova", "fanova", "mdi"] as const)("gives equal shares where nothing can be told (%s)", (evaluator) => {
    const distributions = { b: floatDistribution(0, 1), a: floatDistribution(0, 1) };
    const one = trialSnapshot(0, { values: [1], internalParams: { b: 0.5, a: 0.5 }, distributions });
    expect(paramImportances([one], { directions, evaluator })).toEqual([
      { name: "a", importance: 0.5 },
      { name: "b", importance: 0.5 },
    ]);
    expect(paramImportances([], { directions, evaluator })).toEqual([]);
    expect(paramImportances([], { directions, evaluator, params: ["a"] })).toEqual([{ name: "a", importance: 1 }]);
    expect(paramImportances([one], { directions, evaluator, params: [] })).toEqual([]);
  });

  it("of several objectives is about reaching the front, or about one of them", () => {
    const two = ["minimize", "maximize"] as const;
    const doubled = trials.map((trial) => ({ ...trial, values: trial.values && [trial.values[0]!, trial.values[0]!] }));
    const alone = paramImportances(trials, { directions: ["maximize"] });
    expect(paramImportances(doubled, { directions: two, objective: 1 })).toEqual(alone);
    const fanova = { evaluator: "fanova", seed: 3 } as const;
    expect(paramImportances(doubled, { directions: two, objective: 1, ...fanova })).toEqual(
      paramImportances(trials, { directions: ["maximize"], ...fanova }),
    );
    expect(paramImportances(doubled, { directions: two })).not.toEqual(alone);
  });

  it.each(["fanova", "mdi"] as const)("needs to know which of several objectives (%s)", (evaluator) => {
    const two = () => paramImportances(trials, { directions: ["minimize", "maximize"], evaluator });
    expect(two).toThrow(InvalidArgumentError);
    expect(two).toThrow(/has 2/);
  });

  it("is about a target, less being better, where one is given", () => {
    const target = (trial: TrialSnapshot) => -trial.values![0]!;
    expect(paramImportances(trials, { directions, target })).toEqual(
      paramImportances(trials, { directions: ["maximize"] }),
    );
    expect(() => paramImportances(trials, { directions, target, objective: 0 })).toThrow("not both");
    const unknown = (trial: TrialSnapshot) => (trial.number < 100 ? trial.values![0]! : NaN);
    expect(paramImportances(trials, { directions, target: unknown })).toEqual(
      paramImportances(trials.slice(0, 100), { directions }),
    );
  });

  it.each(["ped-anova", "fanova", "mdi"] as const)("says how sure it is (%s)", (evaluator) => {
    const sure = paramImportances(trials, { directions, evaluator, intervals: true });
    const bare = sure.map(({ name, importance }) => ({ name, importance }));
    expect(bare).toEqual(paramImportances(trials, { directions, evaluator }));
    for (const { importance, interval } of sure) {
      expect(interval![0]).toBeGreaterThanOrEqual(0);
      expect(interval![0]).toBeLessThanOrEqual(importance);
      expect(interval![1]).toBeGreaterThanOrEqual(importance);
    }
    // The first of six parameters matters most in this study, the last least: what is known of them does not overlap.
    const by = new Map(sure.map((param) => [param.name, param.interval!]));
    expect(by.get("x0")![0]).toBeGreaterThan(by.get("x5")![1]);
    // Fewer trials say less.
    const few = paramImportances(trials.slice(0, 40), { directions, evaluator, intervals: true });
    const width = (params: typeof few) => params.reduce((sum, { interval }) => sum + interval![1] - interval![0], 0);
    expect(width(few)).toBeGreaterThan(width(sure));
  });

  it("knows nothing of one trial", () => {
    const distributions = { a: floatDistribution(0, 1), b: floatDistribution(0, 1) };
    const one = trialSnapshot(0, { values: [1], internalParams: { a: 0.5, b: 0.5 }, distributions });
    const [first] = paramImportances([one], { directions, evaluator: "fanova", intervals: true });
    expect(first).toEqual({ name: "a", importance: 0.5, interval: [0, 1] });
  });

  it("refuses an objective the study does not have", () => {
    expect(() => paramImportances(trials, { directions, objective: 1 })).toThrow("there is no objective 1");
  });
});
