import { isSingle, singleValue, type Distribution, type ParamValue } from "./distribution.js";
import { TunelensError } from "./errors.js";
import type { Json } from "./frozen-trial.js";
import { Trial, type TrialSetup } from "./trial.js";

/**
 * Runs an objective once more with parameters that are known: no sampler, no pruner, no storage. What the objective reports is kept here.
 */
export class RetrainTrial<Params = unknown> extends Trial<Params> {
  readonly purpose = "retrain";
  override readonly userAttrs: Record<string, Json> = {};

  /** @param fixed parameter values by flat name, as a stored trial has them. */
  constructor(
    private readonly fixed: Readonly<Record<string, ParamValue>>,
    setup: TrialSetup,
  ) {
    super(setup);
  }

  /** Step to reported value, in the order of the reports. */
  get intermediateValues(): ReadonlyMap<number, number> {
    return this.reported;
  }

  setUserAttr(key: string, value: Json): void {
    this.userAttrs[key] = value;
  }

  protected choose(name: string, distribution: Distribution): ParamValue {
    const value = Object.hasOwn(this.fixed, name) ? this.fixed[name] : undefined;
    if (value !== undefined) return value;
    if (isSingle(distribution)) return singleValue(distribution);
    throw new TunelensError(
      "missing-param",
      `${this.where} has no value for the parameter "${name}": the search space has changed since it ran. ` +
        "Retrain a trial that ran with the present space.",
    );
  }

  protected storeParam(): void {}

  protected storeReport(): void {}

  protected storeConstraint(): void {}

  protected storeScores(): void {}

  protected askPruner(): boolean {
    return false;
  }
}
