/** What training needs of a trial; the study engine's `Trial` is one. */
export interface TrainableTrial {
  readonly number: number;
  /** When retraining, nothing is pruned. */
  readonly purpose: "study" | "retrain";
  /** How many epochs to train, where the study says so. */
  readonly epochs: number | undefined;
  /** One per objective value. With several, nothing is reported to the pruner. Default: one. */
  readonly directions?: readonly unknown[];
  /** Aborted when the user stops the study. */
  readonly signal: AbortSignal;
  /** Says what the objective's value is at a step, for the pruner and the learning curve. */
  report(value: number, step: number): void;
  /** Whether the trial should end now. */
  shouldPrune(): boolean;
  /** Hears which metric is to be reported, and which way it is better. */
  monitors?(metric: string, better: "minimize" | "maximize"): void;
  /** Streams the progress of the training to whoever watches. `epoch` is 0-based. */
  reportEpoch?(progress: {
    readonly epoch: number;
    readonly epochs?: number | undefined;
    readonly logs: Readonly<Record<string, number>>;
  }): void;
}
