import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import { checkWhole } from "../number-options.js";
import { crossValidationError } from "./cross-validation-error.js";
import { regretBound } from "./regret-bound.js";
import type { ErrorEvaluator, ImprovementEvaluator, Terminator } from "./terminator.js";

export interface TerminatorOptions {
  /** The remaining potential improvement. Default: `regretBound()`. */
  readonly improvement?: ImprovementEvaluator;
  /** The error to compare it with. Default: the improvement's own: `crossValidationError()`, or 0 with `bestValueStagnation`. */
  readonly error?: ErrorEvaluator;
  /** With fewer COMPLETE trials, the study continues; at least 1. Default 20. */
  readonly minTrials?: number;
}

/**
 * Ends a study once the remaining potential improvement is less than an error: what the choice of the data alone changes, or your own bound
 * (Makarova et al. 2022, "Automatic Termination for Hyperparameter Optimization"). Optuna's `Terminator`. For one objective.
 * @throws InvalidArgumentError also from `shouldTerminate`, for a study with several objectives.
 */
export function terminator(options: TerminatorOptions = {}): Terminator {
  const {
    improvement = regretBound(),
    error = improvement.pairedError ?? crossValidationError(),
    minTrials = 20,
  } = options;
  const name = "Terminator";
  checkOptions<TerminatorOptions>(name, options, { improvement: true, error: true, minTrials: true });
  checkWhole(name, "minTrials", minTrials, 1);
  return {
    name,
    shouldTerminate(study) {
      const { directions } = study;
      if (directions.length > 1)
        throw new InvalidArgumentError(
          `Study "${study.name}" has ${directions.length} objectives, but a terminator supports only one. Remove the terminator.`,
        );
      if (study.getTrials(["COMPLETE"]).length < minTrials) return false;
      const trials = study.getTrials();
      const left = improvement.evaluate(trials, directions[0]!);
      const bound = error.evaluate(trials, directions[0]!);
      if (!(left < bound)) return false;
      study.log?.(`${improvement.name} is ${left.toPrecision(4)}, below ${error.name}, ${bound.toPrecision(4)}.`);
      return true;
    },
  };
}
