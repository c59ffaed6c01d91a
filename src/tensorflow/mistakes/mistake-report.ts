import type { CallSite } from "../../engine/call-site.js";
import type { TrainableTrial } from "../trainable-trial.js";

/** Warns of mistakes in a training, each once per study, with the line that started it. */
export class MistakeReport {
  constructor(
    readonly trial: TrainableTrial,
    readonly site: CallSite,
  ) {}

  /** @param topic names the mistake within the study. */
  warn(topic: string, message: string): void {
    this.trial.warnOnce?.(topic, message, this.site);
  }
}
