import { describe, expect, it } from "vitest";
import type { ChartSource } from "../../../src/inspector/charts/chart-maker.js";
import { edf } from "../../../src/inspector/charts/edf.js";
import { hypervolume } from "../../../src/inspector/charts/hypervolume.js";
import { paretoFront } from "../../../src/inspector/charts/pareto-front.js";
import { terminator } from "../../../src/inspector/charts/terminator.js";
import { timelineAt } from "../../../src/inspector/charts/timeline.js";
import { bestValueStagnation } from "../../../src/engine/terminators/best-value-stagnation.js";
import { crossValidationError } from "../../../src/engine/terminators/cross-validation-error.js";
import { medianError } from "../../../src/engine/terminators/median-error.js";
import { expectClose, type PlottedNumber, readPlots, readStudies } from "./optuna-plots.js";

type Row = readonly [number: number, ...values: PlottedNumber[]];

interface Plots {
  readonly pareto_front: Readonly<
    Record<string, { best: Row[]; non_best: Row[]; infeasible: Row[]; has_constraints: boolean }>
  >;
  readonly hypervolume: Readonly<
    Record<string, { reference: number[]; trial_numbers: number[]; values: PlottedNumber[] }[]>
  >;
  readonly edf: readonly Edf[];
  readonly timeline: Readonly<Record<string, [number, number, number, string, boolean][]>>;
}

interface AllPlots extends Readonly<Record<"plots-2" | "variety", Plots>> {
  readonly edf_second_objective: Edf;
  readonly improvement: Readonly<Record<string, Record<"stagnation" | "cross_validation" | "median", Improvement>>>;
}

interface Edf {
  readonly studies: readonly string[];
  readonly x: readonly number[];
  readonly lines: readonly [study: string, y: PlottedNumber[]][];
}

interface Improvement {
  readonly trial_numbers: readonly number[];
  readonly improvements: readonly number[];
  readonly errors: readonly number[];
}

const all = readPlots<AllPlots>("plots-2");

/** What a line shows at each trial, where its data have only the points at which it changes. */
function stepped(points: readonly (readonly [number, unknown, ...unknown[]])[], numbers: readonly number[]): unknown[] {
  return numbers.map((number) => points.findLast(([at]) => at <= number)?.[1]);
}

describe.each(["plots-2", "variety"] as const)("the studies in %s.db", (database) => {
  const plots = all[database];
  const studies = readStudies(database);

  it.each(Object.entries(plots.pareto_front))(
    "%s: the Pareto front has Optuna's trials, in its groups",
    (name, optuna) => {
      const data = paretoFront.make(studies.get(name)!, { chart: "pareto-front" });
      expect(data.best).toEqual(optuna.best);
      expect(data.dominated).toEqual(optuna.non_best);
      expect(data.infeasible).toEqual(optuna.infeasible);
      expect(data.infeasible.length > 0).toBe(optuna.has_constraints);
    },
  );

  describe.each(Object.entries(plots.hypervolume))("%s", (name, recorded) => {
    it.each(recorded)("the hypervolume is Optuna's at each trial, for reference $reference", (optuna) => {
      const { reference } = optuna;
      const data = hypervolume.make(studies.get(name)!, { chart: "hypervolume", reference });
      expect(data.reference).toEqual(reference);
      expect(data.trials).toBe(optuna.trial_numbers.length);
      expectClose(stepped(data.points, optuna.trial_numbers) as number[], optuna.values);
    });
  });

  it.each(plots.edf)("$studies: the empirical distribution function is Optuna's", (optuna) =>
    expectEdf(studies, optuna, 0),
  );

  it.each(Object.entries(plots.timeline))("%s: the timeline has Optuna's bars", (name, optuna) => {
    const { from, bars, isLive } = timelineAt(studies.get(name)!, "trial", Date.UTC(2030, 0));
    expect(bars.map(({ first, state, infeasible }) => [first, state, infeasible])).toEqual(
      optuna.map(([number, , , state, infeasible]) => [number, state, infeasible]),
    );
    // Optuna has microseconds, a JavaScript date whole milliseconds.
    bars.forEach(({ start, end }, i) => {
      expect(Math.abs(from + start - optuna[i]![1])).toBeLessThan(1);
      expect(Math.abs(from + end - optuna[i]![2])).toBeLessThan(1);
    });
    expect(isLive).toBe(false);
  });
});

it("the empirical distribution function of another objective is Optuna's", () =>
  expectEdf(readStudies("plots-2"), all.edf_second_objective, 1));

function expectEdf(studies: ReadonlyMap<string, ChartSource>, optuna: Edf, objective: number): void {
  const [first, ...others] = optuna.studies;
  const data = edf.make(studies.get(first!)!, { chart: "edf", objective, studies: others });
  expectClose(data.x, optuna.x);
  const lines = data.lines.filter(({ trials }) => trials > 0);
  expect(lines.map(({ study }) => study)).toEqual(optuna.lines.map(([study]) => study));
  lines.forEach(({ y }, i) => expectClose(y, optuna.lines[i]![1]));
}

/** The regret bound draws random points: `test/engine/terminators/golden.test.ts` holds it to what Optuna gives over its seeds. */
describe.each(Object.entries(all.improvement))("the terminator's improvement of %s", (name, optuna) => {
  const { study, trials } = readStudies("plots-2").get(name)!;

  it("is Optuna's for the evaluator without randomness, at each trial", () => {
    const data = terminator.make({ study, trials }, { chart: "terminator", improvement: "stagnation" });
    const { trial_numbers: numbers, improvements, errors } = optuna.stagnation;
    expect(stepped(data.points, numbers)).toEqual(improvements);
    expect(data.points.every(([, , error]) => error === 0)).toBe(true);
    expect(errors.every((error) => error === 0)).toBe(true);
  });

  it.each([
    ["cross_validation", crossValidationError()],
    ["median", medianError(bestValueStagnation())],
  ] as const)("has Optuna's error: %s", (kind, evaluator) => {
    const { trial_numbers: numbers, errors } = optuna[kind];
    const found = numbers.map((number) =>
      evaluator.evaluate(
        trials.filter((trial) => trial.number <= number),
        study.directions[0]!,
      ),
    );
    expectClose(found, errors);
  });

  it("has the error of the regret bound, and a bound above zero", () => {
    const { points } = terminator.make({ study, trials }, { chart: "terminator" });
    const { trial_numbers: numbers, errors } = optuna.cross_validation;
    expectClose(
      stepped(
        points.map(([number, , error]) => [number, error]),
        numbers,
      ) as number[],
      errors,
    );
    for (const [, improvement] of points) expect(Number(improvement)).toBeGreaterThan(0);
  });
});

it("says why there is no regret bound where trials have no parameter in common, and keeps what there was before", () => {
  const { study, trials } = readStudies("plots-2").get("single")!;
  const bare = { ...trials[3]!, params: {}, internalParams: {}, distributions: {} };
  const data = terminator.make({ study, trials: trials.with(3, bare) }, { chart: "terminator" });
  expect(data.points.map(([number]) => number)).toEqual([0, 1, 2]);
  expect(data.problem).toMatch(/needs a parameter that all COMPLETE trials have/);
});
