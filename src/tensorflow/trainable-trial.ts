import type { Checkpoint } from "../engine/trial/checkpoint.js";

/** The part of a trial that training needs. `Trial` is one. */
export interface TrainableTrial {
  /** 0, 1, 2, … within the study. */
  readonly number: number;
  /** With `retrain`, nothing is pruned. */
  readonly purpose: "study" | "retrain";
  /** How many epochs to train, if the study sets it. */
  readonly epochs: number | undefined;
  /** One per objective value. With several, nothing is reported to the pruner. Default: one. */
  readonly directions?: readonly unknown[];
  /** Aborted when the user stops the study. */
  readonly signal: AbortSignal;
  /** The checkpoints of `fit`; undefined: it keeps none. */
  readonly fitCheckpoint?: Checkpoint | undefined;
  /** Reports the objective's value at a step, for the pruner and the learning curve. */
  report(value: number, step: number): void;
  /** Whether the trial should end now. */
  shouldPrune(): boolean;
  /** Declares which metric will be reported and in which direction it is better. */
  monitors?(metric: string, better: "minimize" | "maximize"): void;
  /** Warns the user, once per study. @param about the call that it is about. */
  warnOnce?(topic: string, message: string, about?: { readonly stack: string }): void;
  /** Streams the training's progress to the editor or the terminal. `epoch` is 0-based. */
  reportEpoch?(progress: {
    readonly epoch: number;
    readonly epochs?: number | undefined;
    readonly logs: Readonly<Record<string, number>>;
    readonly monitor?: string | undefined;
  }): void;
}
