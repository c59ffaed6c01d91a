import { FAIL_REASON_KEY, STOPPED_REASON } from "../engine/trial/fail-reason.js";
import type { Storage } from "../engine/storage.js";
import { TunelensError } from "../engine/errors.js";
import type { TrainerEvents } from "../protocol/trainer.js";
import type { ObjectiveGuard } from "./objective-guard.js";
import type { RunControl } from "./run-control.js";

/** The context of a call of the training process. */
export interface CallContext {
  /** Relative paths start here. */
  readonly cwd: string;
  readonly events: TrainerEvents;
  /** Aborted when the user stops the call. */
  readonly signal: AbortSignal;
  readonly guard: ObjectiveGuard;
  readonly runningTrial: RunningTrial;
  readonly control: RunControl;
}

/** The running trial, for a process that must end immediately. */
export class RunningTrial {
  private trial: { readonly storage: Storage; readonly id: number } | undefined;

  begin(storage: Storage, id: number): void {
    this.trial = { storage, id };
  }

  end(): void {
    this.trial = undefined;
  }

  /** Stores the trial as stopped, so that a resume repeats it. */
  abandon(): void {
    if (!this.trial) return;
    const { storage, id } = this.trial;
    this.trial = undefined;
    storage.setTrialState(id, "FAIL", null, { systemAttrs: { [FAIL_REASON_KEY]: STOPPED_REASON } });
  }
}

/** The user stopped a call that has no result then. */
export class StoppedError extends TunelensError {
  override readonly name = "StoppedError";
  constructor() {
    super("stopped", "Stopped.");
  }
}

/** @throws StoppedError as soon as the signal is aborted, without waiting for the work. */
export async function unlessStopped<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  let onAbort = () => {};
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(new StoppedError());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
