import { isBetter } from "../study/best-trials.js";
import { InvalidArgumentError } from "../errors.js";
import { checkOptions } from "../option-names.js";
import { checkWhole } from "../number-options.js";
import { staticError } from "./static-error.js";
import type { ImprovementEvaluator } from "./terminator.js";

export interface BestValueStagnationOptions {
  /** How many COMPLETE trials in a row may bring no improvement; at least 0. Default 30. */
  readonly maxStagnationTrials?: number;
}

/**
 * How many more trials without an improvement are allowed: negative after more than `maxStagnationTrials`. Use it with an error of 0.
 * Optuna's `BestValueStagnationEvaluator`.
 * @throws InvalidArgumentError also from `evaluate`, if no trial is COMPLETE.
 */
export function bestValueStagnation(options: BestValueStagnationOptions = {}): ImprovementEvaluator {
  const { maxStagnationTrials = 30 } = options;
  const name = "BestValueStagnationEvaluator";
  checkOptions<BestValueStagnationOptions>(name, options, { maxStagnationTrials: true });
  checkWhole(name, "maxStagnationTrials", maxStagnationTrials, 0);
  return {
    name,
    pairedError: staticError(0),
    evaluate(trials, direction) {
      const values = trials.filter(({ state }) => state === "COMPLETE").map((trial) => trial.values![0]!);
      if (values.length === 0) throw new InvalidArgumentError(`${name}: no trial is COMPLETE yet.`);
      let best = 0;
      for (const [i, value] of values.entries()) if (isBetter(value, values[best]!, direction)) best = i;
      return maxStagnationTrials - (values.length - 1 - best);
    },
  };
}
