import type { ParamValue } from "../distribution.js";
import { InvalidValuesError, TunelensError } from "../errors.js";
import { readValues, type ObjectiveResult } from "../objective.js";
import { FixedTrial } from "./fixed-trial.js";
import type { Trial, TrialSetup } from "./trial.js";
import type { Json } from "./trial-snapshot.js";

/** What a retraining gave. */
export interface RetrainedTrial<Result extends ObjectiveResult> {
  /** What the objective returned. */
  readonly result: Result;
  /** One number per direction. */
  readonly values: readonly number[];
  /** Maps each step to its reported value, in the order of the reports. */
  readonly intermediateValues: ReadonlyMap<number, number>;
  /** What `setUserAttr` has kept. */
  readonly userAttrs: Readonly<Record<string, Json>>;
}

/** As `Study.retrainTrial`. */
export async function retrainTrial<Params, Result extends ObjectiveResult>(
  objective: (trial: Trial<Params>) => Result | Promise<Result>,
  params: Readonly<Record<string, ParamValue>>,
  setup: TrialSetup,
  purpose: Trial["purpose"] = "retrain",
): Promise<RetrainedTrial<Result>> {
  const { studyName, number, directions, signal } = setup;
  const doing = purpose === "retrain" ? `retraining trial ${number}` : `trial ${number}`;
  const trial = new RetrainTrial<Params>(params, setup, purpose);
  const result = await objective(trial);
  if (signal?.aborted) throw new TunelensError("stopped", `Study "${studyName}": ${doing} was stopped.`);
  const checked = readValues(result, directions.length);
  if ("problem" in checked) throw new InvalidValuesError(`Study "${studyName}", ${doing}: ${checked.problem}`);
  return { result, values: checked.values, intermediateValues: trial.intermediateValues, userAttrs: trial.userAttrs };
}

/** Runs an objective again with the parameters of an earlier trial; never pruned. */
export class RetrainTrial<Params = unknown> extends FixedTrial<Params> {
  constructor(
    params: Readonly<Record<string, ParamValue>>,
    setup: TrialSetup,
    override readonly purpose: Trial["purpose"] = "retrain",
  ) {
    super(params, setup);
  }

  protected override missing(name: string): string {
    return (
      `${this.where} has no value for the parameter "${name}": the search space has changed since it ran. ` +
      "Select a trial that ran with the present search space."
    );
  }
}
