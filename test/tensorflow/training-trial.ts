import type { TrainableTrial } from "../../src/tensorflow/trainable-trial.js";

/** A trial that writes down what it is told. */
export class RecordingTrial implements TrainableTrial {
  readonly number: number = 3;
  readonly reports: [value: number, step: number][] = [];
  readonly epochLogs: { epoch: number; epochs?: number | undefined; logs: Readonly<Record<string, number>> }[] = [];
  readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  asked = 0;

  constructor(
    readonly epochs: number | undefined = 3,
    readonly purpose: "study" | "retrain" = "study",
    /** Says yes after this many reports. */
    private readonly pruneAfter = Infinity,
    readonly directions: readonly string[] = ["minimize"],
  ) {}

  report(value: number, step: number): void {
    this.reports.push([value, step]);
  }

  shouldPrune(): boolean {
    this.asked++;
    return this.reports.length >= this.pruneAfter;
  }

  reportEpoch(progress: (typeof this.epochLogs)[number]): void {
    this.epochLogs.push(progress);
  }
}
