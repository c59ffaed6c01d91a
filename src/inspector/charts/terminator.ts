import { InvalidArgumentError, TunelensError } from "../../engine/errors.js";
import { bestValueStagnation } from "../../engine/terminators/best-value-stagnation.js";
import { crossValidationError } from "../../engine/terminators/cross-validation-error.js";
import { emmr } from "../../engine/terminators/emmr.js";
import { medianError } from "../../engine/terminators/median-error.js";
import { regretBound } from "../../engine/terminators/regret-bound.js";
import type { ErrorEvaluator, ImprovementEvaluator } from "../../engine/terminators/terminator.js";
import type { Direction } from "../../engine/storage.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ImprovementName, TerminatorData } from "../../protocol/charts.js";
import { toWire } from "../../protocol/wire.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";

type TerminatorPoint = TerminatorData["points"][number];

interface Evaluation {
  readonly improvement: ImprovementEvaluator;
  readonly error: ErrorEvaluator;
  /** How often it is evaluated at most. */
  readonly points: number;
  /** Not of more COMPLETE trials: a Gaussian process takes the cube of their number. */
  readonly trials: number;
}

/** With the errors that a terminator has by default, or that Optuna advises. */
const evaluations: Readonly<Record<ImprovementName, () => Evaluation>> = {
  "regret-bound": () => ({ improvement: regretBound(), error: crossValidationError(), points: 40, trials: 500 }),
  emmr: () => ({ improvement: emmr(), error: medianError(emmr()), points: 40, trials: 200 }),
  stagnation: () => {
    const improvement = bestValueStagnation();
    return { improvement, error: improvement.pairedError!, points: 100, trials: Infinity };
  },
};

/** What Optuna's `plot_terminator_improvement` shows after each COMPLETE trial; after the others nothing is new. */
export const terminator: ChartMaker<"terminator"> = {
  isSlow: "always",
  make({ study, trials }, { improvement: name = "regret-bound" }) {
    const { directions } = study;
    if (directions.length > 1)
      throw new InvalidArgumentError(
        `Study "${study.name}" has ${directions.length} objectives, but a terminator supports only one.`,
      );
    const { improvement, error, points, trials: most } = evaluations[name]();
    const complete = trials.filter(({ state }) => state === "COMPLETE");
    const endsAt = complete.length > most ? complete[most - 1]!.number : null;
    const data: TerminatorPoint[] = [];
    for (const count of evenly(Math.min(complete.length, most), points)) {
      const some = complete.slice(0, count);
      try {
        const left = improvement.evaluate(some, directions[0]!);
        data.push([some.at(-1)!.number, toWire(left), errorOf(error, some, directions[0]!)]);
      } catch (problem) {
        // Trials of several branches may have no parameter in common.
        if (!(problem instanceof InvalidArgumentError)) throw problem;
        return { improvement: name, trials: complete.length, points: data, endsAt, problem: problem.message };
      }
    }
    return { improvement: name, trials: complete.length, points: data, endsAt, problem: null };
  },
  version: countComplete,
};

/** From 1 to a number, at most so many, with both ends. */
function evenly(upTo: number, count: number): number[] {
  if (upTo <= count) return Array.from({ length: upTo }, (_, i) => i + 1);
  return Array.from({ length: count }, (_, i) => 1 + Math.round((i * (upTo - 1)) / (count - 1)));
}

/** null where the best trial has no scores. */
function errorOf(error: ErrorEvaluator, trials: readonly TrialSnapshot[], direction: Direction) {
  try {
    return toWire(error.evaluate(trials, direction));
  } catch (problem) {
    if (problem instanceof TunelensError && problem.code === "no-cross-validation-scores") return null;
    throw problem;
  }
}
