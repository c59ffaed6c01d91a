import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { categorical, float, int } from "../../../src/engine/space.js";
import { toExternal, type Distribution } from "../../../src/engine/distribution.js";
import type { TrialSnapshot, TrialState } from "../../../src/engine/trial/trial-snapshot.js";
import type { Direction } from "../../../src/engine/storage.js";
import { bestValueStagnation } from "../../../src/engine/terminators/best-value-stagnation.js";
import { crossValidationError } from "../../../src/engine/terminators/cross-validation-error.js";
import { emmr } from "../../../src/engine/terminators/emmr.js";
import { medianError } from "../../../src/engine/terminators/median-error.js";
import { regretBound } from "../../../src/engine/terminators/regret-bound.js";
import { trialSnapshot } from "../recorded-study.js";

interface Range {
  readonly lowest: number;
  readonly highest: number;
}

interface Case {
  readonly space: "numbers" | "mixed";
  readonly direction: Direction;
  readonly trials: readonly {
    readonly state: TrialState;
    readonly value: number | null;
    readonly params: Readonly<Record<string, number>>;
    readonly scores: readonly number[];
  }[];
  readonly stagnation: number;
  readonly cross_validation: number;
  readonly median_of_stagnation: number;
  readonly median_too_few: number;
  readonly regret_bound: Range;
  readonly regret_bound_top: Range;
  readonly emmr: Range;
  readonly emmr_deterministic: Range;
}

const file = new URL("../../fixtures/optuna/terminators.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };

const spaces: Readonly<Record<Case["space"], Readonly<Record<string, Distribution>>>> = {
  numbers: { x: float(-2, 2).distribution, y: float(1e-3, 10, { log: true }).distribution },
  mixed: {
    c: categorical(["a", "b", "c"]).distribution,
    n: int(1, 9).distribution,
    x: float(-2, 2).distribution,
    z: float(0, 1, { step: 0.25 }).distribution,
  },
};

function trialsOf({ space, trials }: Case): TrialSnapshot[] {
  const distributions = spaces[space];
  return trials.map(({ state, value, params, scores }, number) =>
    trialSnapshot(number, {
      state,
      values: value === null ? null : [value],
      internalParams: params,
      params: Object.fromEntries(
        Object.entries(params).map(([name, internal]) => [name, toExternal(distributions[name]!, internal)]),
      ),
      distributions,
      systemAttrs: { "terminator:cv_scores": scores },
    }),
  );
}

/** Within what Optuna gives over its seeds, widened by 2 %: the largest bound is looked for at random points. */
function expectWithin(value: number, { lowest, highest }: Range): void {
  expect(value).toBeGreaterThan(lowest - 0.02 * Math.abs(lowest));
  expect(value).toBeLessThan(highest + 0.02 * Math.abs(highest));
}

describe.each(cases)("$space, $direction: as Optuna", (recorded) => {
  const { direction } = recorded;
  const trials = trialsOf(recorded);

  it("stagnation of the best value", () => {
    expect(bestValueStagnation({ maxStagnationTrials: 9 }).evaluate(trials, direction)).toBe(recorded.stagnation);
  });

  it("the error of cross-validation", () => {
    expect(crossValidationError().evaluate(trials, direction)).toBeCloseTo(recorded.cross_validation, 12);
  });

  it("the median error", () => {
    const options = { warmUpTrials: 4, initialTrials: 12, thresholdRatio: 0.2 };
    expect(medianError(bestValueStagnation(), options).evaluate(trials, direction)).toBe(recorded.median_of_stagnation);
    const tooFew = medianError(bestValueStagnation(), { warmUpTrials: 80 });
    expect(tooFew.evaluate(trials, direction)).toBe(recorded.median_too_few);
  });

  it("the regret bound", () => {
    expectWithin(regretBound().evaluate(trials, direction), recorded.regret_bound);
    expectWithin(
      regretBound({ topTrialsRatio: 0.8, minTrials: 5 }).evaluate(trials, direction),
      recorded.regret_bound_top,
    );
  });

  it("the expected minimum model regret", () => {
    expectWithin(emmr().evaluate(trials, direction), recorded.emmr);
    const deterministic = emmr({ deterministicObjective: true, delta: 0.05 });
    expectWithin(deterministic.evaluate(trials, direction), recorded.emmr_deterministic);
  });
});
