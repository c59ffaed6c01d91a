import type { Distribution } from "../distribution.js";
import type { NamesOf } from "../option-names.js";
import type { CheckpointStore } from "../trial/checkpoint.js";

/** How a trial is asked for. */
export interface AskOptions {
  /**
   * Parameters to suggest at once, by name, for a trial that is evaluated elsewhere, such as `{ x: float(0, 1).distribution }`.
   * Default: none; parameters are suggested as the trial asks for them.
   */
  readonly distributions?: Readonly<Record<string, Distribution>> | undefined;
  /** What `trial.epochs` is, an integer of at least 1. Default: undefined. */
  readonly epochs?: number | undefined;
  /** What `trial.signal` is. Default: one that is never aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Where the trial keeps checkpoints, from which a scheduler continues it. Default: nowhere. */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Whether the caller will record heartbeats, as `optimize` does. Default false. */
  readonly heartbeat?: boolean;
}

/** How a trial ended. */
export interface TellOptions {
  /**
   * COMPLETE requires values; PRUNED and FAIL must have none. Default: COMPLETE if the values are valid, else FAIL with a warning.
   */
  readonly state?: "COMPLETE" | "PRUNED" | "FAIL";
  /** Do nothing if the trial has already finished. Default false: throw. */
  readonly skipIfFinished?: boolean;
}

export const askOptionNames: NamesOf<AskOptions> = {
  distributions: true,
  epochs: true,
  signal: true,
  checkpoints: true,
  heartbeat: true,
};
