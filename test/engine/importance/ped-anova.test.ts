import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { pedAnova, type PedAnovaOptions } from "../../../src/engine/importance/ped-anova.js";
import { trialSnapshot } from "../recorded-study.js";
import { multiObjectiveStudies } from "./multi-objective-studies.js";
import { oddStudies, pedVariants, plainStudies, type Importances } from "./optuna-studies.js";

const options: Record<(typeof pedVariants)[number], PedAnovaOptions> = {
  ped_anova: {},
  ped_anova_q25: { targetQuantile: 0.25 },
  ped_anova_global: { evaluateOnLocal: false },
  ped_anova_region50: { regionQuantile: 0.5 },
};

describe.each([...plainStudies, ...oddStudies])("PED-ANOVA of $name", ({ trials, direction, importances }) => {
  it.each(pedVariants)("%s equals Optuna's to 1e-9", (variant) => {
    const ours = pedAnova(trials, [direction], options[variant]);
    expectClose(Object.fromEntries(ours), importances[`${variant}_unnormalized`]);
  });
});

describe.each(multiObjectiveStudies)("PED-ANOVA of $name", ({ trials, directions, importances }) => {
  it.each(pedVariants)("%s equals Optuna's to 1e-9", (variant) => {
    expectClose(Object.fromEntries(pedAnova(trials, directions, options[variant])), importances[variant]);
  });
});

function expectClose(ours: Importances, optunas: Importances): void {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(optunas).sort());
  for (const [name, importance] of Object.entries(optunas)) {
    const error = Math.abs(ours[name]! - importance);
    expect(error, `${name}: ${ours[name]} for ${importance}`).toBeLessThanOrEqual(1e-9 * Math.max(importance, 1e-6));
  }
}

describe("pedAnova", () => {
  const { trials } = plainStudies[0]!;

  it("judges only the parameters asked for", () => {
    const [all, some] = [pedAnova(trials, ["minimize"]), pedAnova(trials, ["minimize"], { params: ["x1", "x4"] })];
    expect([...some]).toEqual([...all].filter(([name]) => name === "x1" || name === "x4"));
  });

  it("refuses a parameter that no complete trial has", () => {
    expect(() => pedAnova(trials, ["minimize"], { params: ["x1", "y"] })).toThrow(InvalidArgumentError);
    expect(() => pedAnova(trials, ["minimize"], { params: ["x1", "y"] })).toThrow(/"y"/);
  });

  it("is 0 with fewer than two trials to go by", () => {
    expect(pedAnova([], ["minimize"]).size).toBe(0);
    expect([...pedAnova(trials.slice(0, 1), ["minimize"]).values()]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(pedAnova([], ["minimize"], { params: ["x"] })).toEqual(new Map([["x", 0]]));
    expect(pedAnova([trialSnapshot(0, { values: [NaN] })], ["minimize"]).size).toBe(0);
  });

  it.each([{ targetQuantile: 0 }, { targetQuantile: 0.5, regionQuantile: 0.5 }, { regionQuantile: 1.1 }])(
    "refuses %j",
    (quantiles) => {
      expect(() => pedAnova(trials, ["minimize"], quantiles)).toThrow(InvalidArgumentError);
    },
  );
});
