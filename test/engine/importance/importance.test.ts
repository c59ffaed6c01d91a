import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { paramImportances } from "../../../src/engine/importance/importance.js";
import { frozenTrial } from "../recorded-study.js";
import { oddStudies, plainStudies } from "./optuna-studies.js";

describe("paramImportances", () => {
  it.each([...plainStudies, ...oddStudies])("of $name is Optuna's, normalised, most important first", (study) => {
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
    const one = frozenTrial(0, { values: [1], internalParams: { b: 0.5, a: 0.5 }, distributions });
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

  it("refuses an objective the study does not have", () => {
    expect(() => paramImportances(trials, { directions, objective: 1 })).toThrow("there is no objective 1");
  });
});
