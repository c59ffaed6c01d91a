import type { RetrainRequest, RetrainSummary, TrainerEvents } from "../protocol/trainer.js";
import type { WorkerStart } from "./study-run.js";
import type { TrainerProcess } from "./trainer-process.js";

interface RetrainingOptions {
  readonly request: RetrainRequest;
  readonly events: TrainerEvents;
  readonly start: (worker: WorkerStart) => Promise<TrainerProcess>;
}

/** One trial's network, trained again in a training process of its own. */
export class Retraining {
  private readonly starting = new AbortController();
  private trainer: TrainerProcess | undefined;

  constructor(private readonly options: RetrainingOptions) {}

  /** @throws what the training process threw; ChildExitError if it died. */
  async run(): Promise<RetrainSummary> {
    const { request, events, start } = this.options;
    this.trainer = await start({ worker: 0, runsStudy: true, events, signal: this.starting.signal });
    return this.trainer.functions.retrain(request);
  }

  /** Asks the process to stop; asking again takes the next rung of its ladder. */
  stop(): void {
    if (this.trainer) this.trainer.stop();
    else this.starting.abort();
  }

  /** Ends the process at once. */
  async dispose(): Promise<void> {
    this.starting.abort();
    await this.trainer?.dispose();
  }
}
