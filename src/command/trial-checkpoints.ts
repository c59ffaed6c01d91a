import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SavedCheckpoint } from "../engine/trial/checkpoint.js";
import type { Trial } from "../engine/trial/trial.js";
import type { MetricsState } from "./trial-metrics.js";

/** In a checkpoint's folder, beside what the program writes. */
const STATE_FILE = ".tunelens-metrics.json";

/** The checkpoints that a trial's program writes: it asks for a folder, and says when it is done. */
export class TrialCheckpoints {
  /** What the trial continues from. */
  readonly continued: SavedCheckpoint | undefined;
  private writing: { readonly saved: Promise<void>; end(error?: Error): void } | undefined;

  /** @param metrics what is kept of the metrics. */
  constructor(
    private readonly trial: Trial,
    private readonly metrics: () => MetricsState,
  ) {
    this.continued = trial.checkpoint.load();
  }

  /** The environment variables that tell the program. */
  get environment(): Record<string, string> {
    const { continued } = this;
    if (!continued) return {};
    return { TUNELENS_CHECKPOINT: continued.folder, TUNELENS_FIRST_STEP: String(continued.step + 1) };
  }

  /** What was kept of the metrics. */
  get metricsBefore(): MetricsState | undefined {
    const { continued } = this;
    return continued && (JSON.parse(readFileSync(join(continued.folder, STATE_FILE), "utf8")) as MetricsState);
  }

  /** @returns the folder to write into; null: it is not time for a checkpoint. @throws InvalidArgumentError for a step that is none. */
  async begin(step: number): Promise<string | null> {
    const { checkpoint } = this.trial;
    await this.end(new Error("the program began another one"));
    if (!checkpoint.isDue) return null;
    return new Promise((resolve) => {
      const saved = checkpoint
        .save(step, async (folder) => {
          const written = new Promise<void>((done, fail) => {
            this.writing = { saved, end: (error) => (error ? fail(error) : done()) };
          });
          resolve(folder);
          await written;
          writeFileSync(join(folder, STATE_FILE), JSON.stringify(this.metrics()));
        })
        .catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          this.trial.warnOnce("checkpoint", `a checkpoint could not be saved: ${reason}`, { stack: "" });
        })
        // Where it could not be begun.
        .then(() => resolve(null));
    });
  }

  /** The program has written its checkpoint, or will not. */
  async end(error?: Error): Promise<void> {
    const { writing } = this;
    this.writing = undefined;
    writing?.end(error);
    await writing?.saved;
  }
}
