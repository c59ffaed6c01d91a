import type { Clock } from "../clock.js";
import { StorageFailure, TrialPruned } from "../errors.js";
import type { NamesOf } from "../option-names.js";
import { checkCount, checkSeconds, checkWhole } from "../number-options.js";
import type { Objective, TrialOutcome } from "../objective.js";
import { toTheEnd } from "../schedulers/to-the-end.js";
import type { Terminator } from "../terminators/terminator.js";
import type { CheckpointStore } from "../trial/checkpoint.js";
import { countFinished, describeFailure } from "../trial/fail-reason.js";
import type { StudyTrial } from "../trial/study-trial.js";
import { isLost, type TrialLifecycle } from "../trial/trial-lifecycle.js";
import type { Json, TrialSnapshot } from "../trial/trial-snapshot.js";

/** Which errors of an objective fail only their trial and not the run: all, none, or those of these classes. */
export type CatchOption = boolean | readonly (abstract new (...args: never[]) => Error)[];

/** When to end, and what to do with errors. */
export interface TrialLoopOptions {
  /** How many more trials to run, whatever state they end in. */
  readonly trials?: number | undefined;
  /**
   * Total number of finished trials, including those of earlier runs and other processes. Resuming runs the rest, and processes that work
   * on the study at once share it. Trials that the user stopped do not count.
   */
  readonly totalTrials?: number | undefined;
  /** Time limit in seconds. Checked between trials: a running trial is not interrupted. */
  readonly timeout?: number | undefined;
  /** Default: none. */
  readonly catch?: CatchOption | undefined;
  /** Ends the loop when there is little left to gain. Checked between trials and before the first. */
  readonly terminator?: Terminator | undefined;
  /** Ends the running trial as FAIL with the reason `stopped`, and the loop. */
  readonly signal?: AbortSignal | undefined;
  /** Passed to each trial. */
  readonly epochs?: number | undefined;
  /** Makes the folder of a trial, given its number, when the objective asks for `trial.folder`. Default: trials have none. */
  readonly makeFolder?: ((number: number) => string) | undefined;
  /** Where trials keep checkpoints, from which interrupted ones are continued. Default: nowhere. */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Stored when each trial starts, for example which process runs it. */
  readonly systemAttrs?: Readonly<Record<string, Json>> | undefined;
  /**
   * Whether the process that runs a trial is known to be alive even though its heartbeat is old: an objective that blocks the event loop
   * writes none. Default: unknown, and the trial's process counts as gone.
   */
  readonly isKnownToRun?: ((trial: TrialSnapshot) => boolean) | undefined;
}

/** All trials have finished (or the sampler is exhausted), the time limit was reached, the terminator ended it, or it was stopped. */
export type OptimizeEnd = "trials" | "timeout" | "terminator" | "stopped";

/** How long an objective may take to heed a stop before its trial is closed without it. */
const STOP_GRACE_MILLISECONDS = 2_000;

/** How long until a scheduler that waits for the running trials of other processes is asked again. */
const WAIT_MILLISECONDS = 500;

/** How long a series of quick trials may block the event loop: a stop arrives as a message. */
const TURN_MILLISECONDS = 20;

export const loopOptionNames: NamesOf<TrialLoopOptions> = {
  trials: true,
  totalTrials: true,
  timeout: true,
  catch: true,
  terminator: true,
  signal: true,
  epochs: true,
  makeFolder: true,
  checkpoints: true,
  systemAttrs: true,
  isKnownToRun: true,
};

/** @throws InvalidArgumentError for an invalid option, naming `where`. */
export function checkLoopOptions(where: string, options: TrialLoopOptions): void {
  const { trials = Infinity, totalTrials = Infinity, timeout = Infinity, epochs = 1 } = options;
  checkCount(where, "trials", trials, 0);
  checkCount(where, "totalTrials", totalTrials, 0);
  checkSeconds(where, "timeout", timeout);
  checkWhole(where, "epochs", epochs, 1);
}

/** The trial that a loop runs. */
export interface RunningTrial {
  readonly number: number;
  /** Ends this trial as FAIL with the reason `stopped`. */
  readonly stop: () => void;
}

/** Who runs the loop. */
interface LoopOwner {
  /** Whether to end after the running trial. */
  isStopRequested(): boolean;
  /** The total number of finished trials, which may change while the loop runs. */
  totalTrials(): number;
  /** A trial has started; undefined: it has ended. */
  runs(trial: RunningTrial | undefined): void;
  afterTrial(trial: TrialSnapshot): Promise<void>;
}

/** The loop of `Study.optimize`. */
export async function runTrials<Params>(
  lifecycle: TrialLifecycle<Params>,
  objective: Objective<Params>,
  options: TrialLoopOptions,
  owner: LoopOwner,
): Promise<OptimizeEnd> {
  const { trials = Infinity, timeout = Infinity, signal, epochs, makeFolder, checkpoints, systemAttrs } = options;
  const { clock } = lifecycle;
  const startedAt = clock.now();
  let turnedAt = startedAt;
  // Stops the running trial alone; the next one gets its own.
  let stopping = new AbortController();
  const onAbort = () => stopping.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  try {
    for (let run = 0; ; run++) {
      if (clock.now() - turnedAt >= TURN_MILLISECONDS) {
        await clock.turn();
        turnedAt = clock.now();
      }
      if (owner.isStopRequested() || signal?.aborted) return "stopped";
      stopping = new AbortController();
      let started: number | undefined;
      const startNext = () => {
        const setup = { epochs, makeFolder, checkpoints, signal: stopping.signal };
        if (started !== undefined) return lifecycle.take(started, setup);
        lifecycle.failStale(options.isKnownToRun);
        if (run >= trials) return "trials";
        if (clock.now() - startedAt >= timeout * 1000) return "timeout";
        const totalTrials = owner.totalTrials();
        const isFull = totalTrials < Infinity && countFinished(lifecycle.study.getTrials()) >= totalTrials;
        const mayTryNew = !isFull && isOpen(lifecycle);
        if (mayTryNew && options.terminator?.shouldTerminate(lifecycle.searchedStudy)) return "terminator";
        const next = lifecycle.next(mayTryNew, checkpoints);
        if (next === "wait" && lifecycle.study.getTrials(["RUNNING"]).length > 0) return "wait";
        if (typeof next === "string") {
          if (!isFull) lifecycle.tellExhausted();
          return "trials";
        }
        const attrs = { ...systemAttrs, ...next.systemAttrs };
        started = lifecycle.startWithin(totalTrials, { systemAttrs: attrs, retry: next.retry });
        // Another process was faster.
        if (started === undefined) return lifecycle.study.scheduler === toTheEnd ? "trials" : "wait";
        return lifecycle.take(started, setup);
      };
      const next = whenStorageWorks(lifecycle, signal, startNext);
      const trial = next instanceof Promise ? await next : next;
      if (trial === "wait") {
        run--;
        await untilTried(clock, signal);
        continue;
      }
      if (trial === undefined || typeof trial === "string") return trial ?? "stopped";
      const { number } = trial;
      const stop = () => {
        stopping.abort(new DOMException("The trial was stopped.", "AbortError"));
        trial.giveUpCheckpoints();
      };
      owner.runs({ number, stop });
      const finished = await runTrial(lifecycle, trial, objective, options);
      owner.runs(undefined);
      await owner.afterTrial(finished);
    }
  } finally {
    owner.runs(undefined);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Whether there is anything new to try, regardless of how many trials there are to be. */
function isOpen(lifecycle: TrialLifecycle): boolean {
  const { study } = lifecycle;
  const isMoreWanted = study.getTrials(["WAITING"]).length > 0 || lifecycle.nextRepeat() !== undefined;
  return isMoreWanted || !lifecycle.isExhausted;
}

/** Waits before the scheduler is asked again. */
function untilTried(clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      callOff();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const callOff = clock.after(WAIT_MILLISECONDS, end);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/**
 * Does what needs the storage; where that cannot be used now, but may be later, waits for it.
 * @returns undefined where the user stopped the study meanwhile.
 */
function whenStorageWorks<T>(
  lifecycle: TrialLifecycle,
  signal: AbortSignal | undefined,
  action: () => T,
): T | Promise<T | undefined> {
  try {
    return action();
  } catch (error) {
    const { storage } = lifecycle.study;
    if (!storage.settle) throw error;
    const settled = storage.settle(signal, error);
    return settled.then((works) => (works ? whenStorageWorks(lifecycle, signal, action) : undefined));
  }
}

async function runTrial<Params>(
  lifecycle: TrialLifecycle<Params>,
  trial: StudyTrial<Params>,
  objective: Objective<Params>,
  { signal, checkpoints, catch: caught = false }: TrialLoopOptions,
): Promise<TrialSnapshot> {
  const { listener } = lifecycle;
  const { storage } = lifecycle.study;
  listener.trialStarted?.({ number: trial.number, datetimeStart: trial.datetimeStart });
  const endHeartbeat = startHeartbeat(lifecycle, trial);
  let outcome: TrialOutcome;
  try {
    outcome = await untilStopped(runObjective(objective, trial), lifecycle, trial.signal, signal);
  } finally {
    endHeartbeat();
  }
  if (outcome.type === "error" && outcome.error instanceof StorageFailure) {
    // Nothing of it is the objective's fault. Where waiting helps, the trial is tried again; else the failure ends the run.
    const { error } = outcome;
    const putBack = lifecycle.putBack(trial);
    if (!(await storage.settle?.(signal, error))) throw error;
    return putBack;
  }
  const finished = lifecycle.finishOutcome(trial, outcome, isInterrupted(outcome, signal, checkpoints));
  try {
    await storage.settle?.(signal);
  } finally {
    listener.trialFinished?.(finished, outcome);
  }
  if (outcome.type === "error" && !isCaught(outcome.error, caught) && !isLost(outcome.error, trial))
    throw outcome.error;
  return finished;
}

/** Whether a trial ended for no reason of its own. One that the user stopped alone has. */
function isInterrupted(
  outcome: TrialOutcome,
  signal: AbortSignal | undefined,
  checkpoints: CheckpointStore | undefined,
): boolean {
  if (outcome.type === "stopped") return signal?.aborted ?? false;
  return outcome.type === "error" && (checkpoints?.isInterruption(outcome.error) ?? false);
}

async function runObjective<Params>(objective: Objective<Params>, trial: StudyTrial<Params>): Promise<TrialOutcome> {
  try {
    return { type: "result", result: await objective(trial) };
  } catch (error) {
    if (error instanceof TrialPruned) return { type: "pruned" };
    return { type: "error", error, reason: describeFailure(error) };
  }
}

/**
 * The outcome, or `stopped` if the trial's signal comes first. If the run's signal comes, an objective that does not heed it is left behind;
 * if only the trial is stopped, the next one waits for it.
 */
async function untilStopped(
  running: Promise<TrialOutcome>,
  { clock }: TrialLifecycle,
  ofTrial: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<TrialOutcome> {
  if (!signal) {
    const outcome = await running;
    return ofTrial.aborted ? { type: "stopped" } : outcome;
  }
  let callOff = () => {};
  let onAbort = () => {};
  const leftBehind = new Promise<TrialOutcome>((resolve) => {
    onAbort = () => {
      callOff = clock.after(STOP_GRACE_MILLISECONDS, () => resolve({ type: "stopped" }));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  const outcome = await Promise.race([running, leftBehind]);
  signal.removeEventListener("abort", onAbort);
  callOff();
  return ofTrial.aborted ? { type: "stopped" } : outcome;
}

function startHeartbeat({ study, clock, heartbeat, listener }: TrialLifecycle, trial: StudyTrial): () => void {
  return clock.every(heartbeat.interval * 1000, () => {
    try {
      study.storage.recordHeartbeat(trial.id);
    } catch (error) {
      listener.warn?.(`Study "${study.name}", trial ${trial.number}: cannot write a heartbeat: ${String(error)}`);
    }
  });
}

/** Whether an error of the objective only fails its trial. */
export function isCaught(error: unknown, option: CatchOption): boolean {
  if (typeof option === "boolean") return option;
  return option.some((errorClass) => error instanceof errorClass);
}
