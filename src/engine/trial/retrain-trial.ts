import { FixedTrial } from "./fixed-trial.js";

/** Runs an objective once more with the parameters of a trial that has run; never pruned. */
export class RetrainTrial<Params = unknown> extends FixedTrial<Params> {
  override readonly purpose = "retrain";

  protected override missing(name: string): string {
    return (
      `${this.where} has no value for the parameter "${name}": the search space has changed since it ran. ` +
      "Retrain a trial that ran with the present space."
    );
  }
}
