import { StorageFailure, TrialFinishedError, TrialPruned } from "../errors.js";
import type { NamesOf } from "../known-names.js";
import { checkCount, checkSeconds, checkWhole } from "../number-options.js";
import type { Objective, TrialOutcome } from "../objective.js";
import type { Terminator } from "../terminators/terminator.js";
import { countFinished, describeFailure } from "../trial/fail-reason.js";
import type { StudyTrial } from "../trial/study-trial.js";
import type { TrialLifecycle } from "../trial/trial-lifecycle.js";
import type { Json, TrialSnapshot } from "../trial/trial-snapshot.js";

/** Which errors of an objective only fail their trial: all, none, or those of these classes. */
export type CatchOption = boolean | readonly (abstract new (...args: never[]) => Error)[];

/** When to end, and what to do with errors. */
export interface TrialLoopOptions {
  /** How many more trials to run, whatever they end as. */
  readonly trials?: number | undefined;
  /**
   * How many finished trials the study shall have in the end, those of earlier runs and other processes included; a resumed study
   * runs what is left, and processes that work on it at once share it. Trials the user stopped do not count.
   */
  readonly totalTrials?: number | undefined;
  /** Seconds. Looked at between trials: a running trial is not interrupted. */
  readonly timeout?: number | undefined;
  /** Default: none. */
  readonly catch?: CatchOption | undefined;
  /** Ends the loop where there is nothing more to gain. Asked between trials, before the first too. */
  readonly terminator?: Terminator | undefined;
  /** Ends the running trial as FAIL, reason `stopped`, and the loop. */
  readonly signal?: AbortSignal | undefined;
  /** Handed to each trial. */
  readonly epochs?: number | undefined;
  /** Stored with the start of each trial, e.g. who runs it. */
  readonly systemAttrs?: Readonly<Record<string, Json>> | undefined;
  /**
   * Whether the process that runs a trial is known to live, though it has had no heartbeat for long: an objective that keeps the event loop
   * for itself lets none be written. Default: nobody knows, and the trial is taken for one whose process has ended.
   */
  readonly isKnownToRun?: ((trial: TrialSnapshot) => boolean) | undefined;
}

/** The trials are done, or the sampler has tried all there is; the time is over; the terminator; the signal or `stop()`. */
export type OptimizeEnd = "trials" | "timeout" | "terminator" | "stopped";

/** How long an objective may take to notice that it was stopped before its trial is closed without it. */
const STOP_GRACE_MILLISECONDS = 2_000;

/** How long a run of quick trials may keep the event loop for itself: a stop comes as a message. */
const TURN_MILLISECONDS = 20;

export const loopOptionNames: NamesOf<TrialLoopOptions> = {
  trials: true,
  totalTrials: true,
  timeout: true,
  catch: true,
  terminator: true,
  signal: true,
  epochs: true,
  systemAttrs: true,
  isKnownToRun: true,
};

/** @throws InvalidArgumentError for an option outside what it may be, naming `where`. */
export function checkLoopOptions(where: string, options: TrialLoopOptions): void {
  const { trials = Infinity, totalTrials = Infinity, timeout = Infinity, epochs = 1 } = options;
  checkCount(where, "trials", trials, 0);
  checkCount(where, "totalTrials", totalTrials, 0);
  checkSeconds(where, "timeout", timeout);
  checkWhole(where, "epochs", epochs, 1);
}

/** Who runs the loop. */
interface LoopOwner {
  /** Whether somebody wants it to end after the running trial. */
  isStopRequested(): boolean;
  afterTrial(trial: TrialSnapshot): Promise<void>;
}

/** The loop of `Study.optimize`. */
export async function runTrials<Params>(
  lifecycle: TrialLifecycle<Params>,
  objective: Objective<Params>,
  options: TrialLoopOptions,
  owner: LoopOwner,
): Promise<OptimizeEnd> {
  const { trials = Infinity, totalTrials = Infinity, timeout = Infinity, signal, epochs, systemAttrs } = options;
  const { clock } = lifecycle;
  const startedAt = clock.now();
  let turnedAt = startedAt;
  for (let run = 0; ; run++) {
    if (clock.now() - turnedAt >= TURN_MILLISECONDS) {
      await clock.turn();
      turnedAt = clock.now();
    }
    if (owner.isStopRequested() || signal?.aborted) return "stopped";
    let started: number | undefined;
    const startNext = () => {
      if (started !== undefined) return lifecycle.take(started, { epochs, signal });
      lifecycle.failStale(options.isKnownToRun);
      if (run >= trials) return "trials";
      if (clock.now() - startedAt >= timeout * 1000) return "timeout";
      const end = whyDone(lifecycle, options);
      started = end ? undefined : lifecycle.startWithin(totalTrials, systemAttrs);
      return started === undefined ? (end ?? "trials") : lifecycle.take(started, { epochs, signal });
    };
    const next = whenStorageWorks(lifecycle, signal, startNext);
    const trial = next instanceof Promise ? await next : next;
    if (trial === undefined || typeof trial === "string") return trial ?? "stopped";
    await owner.afterTrial(await runTrial(lifecycle, trial, objective, options));
  }
}

/** Why no trial is to be started any more, whatever the time. */
function whyDone({ study }: TrialLifecycle, options: TrialLoopOptions): OptimizeEnd | undefined {
  const { totalTrials = Infinity, terminator } = options;
  if (totalTrials < Infinity && countFinished(study.getTrials()) >= totalTrials) return "trials";
  if (study.sampler.isExhausted?.(study) && study.getTrials(["WAITING"]).length === 0) return "trials";
  return terminator?.shouldTerminate(study) ? "terminator" : undefined;
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
  { signal, catch: caught = false }: TrialLoopOptions,
): Promise<TrialSnapshot> {
  const { listener } = lifecycle;
  const { storage } = lifecycle.study;
  listener.trialStarted?.({ number: trial.number, datetimeStart: trial.datetimeStart });
  const endHeartbeat = startHeartbeat(lifecycle, trial);
  let outcome: TrialOutcome;
  try {
    outcome = await untilStopped(runObjective(objective, trial), lifecycle, signal);
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
  const finished = lifecycle.finishOutcome(trial, outcome);
  try {
    await storage.settle?.(signal);
  } finally {
    listener.trialFinished?.(finished, outcome);
  }
  if (outcome.type === "error" && !isCaught(outcome.error, caught) && !isLost(outcome.error, trial))
    throw outcome.error;
  return finished;
}

async function runObjective<Params>(objective: Objective<Params>, trial: StudyTrial<Params>): Promise<TrialOutcome> {
  try {
    return { type: "result", result: await objective(trial) };
  } catch (error) {
    if (error instanceof TrialPruned) return { type: "pruned" };
    return { type: "error", error, reason: describeFailure(error) };
  }
}

/** The outcome, or `stopped` when the signal comes first; an objective that does not heed the signal is left behind. */
async function untilStopped(
  running: Promise<TrialOutcome>,
  { clock }: TrialLifecycle,
  signal: AbortSignal | undefined,
): Promise<TrialOutcome> {
  if (!signal) return running;
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
  return signal.aborted ? { type: "stopped" } : outcome;
}

function startHeartbeat({ study, clock, heartbeat, listener }: TrialLifecycle, trial: StudyTrial): () => void {
  return clock.every(heartbeat.interval * 1000, () => {
    try {
      study.storage.recordHeartbeat(trial.id);
    } catch (error) {
      listener.warn?.(`Study "${study.name}", trial ${trial.number}: no heartbeat written: ${String(error)}`);
    }
  });
}

/** Somebody else has finished this very trial: a process that took it for stale, or Optuna, whose claims are not atomic. */
function isLost(error: unknown, trial: StudyTrial): boolean {
  return error instanceof TrialFinishedError && error.trialNumber === trial.number;
}

/** Whether an error of the objective only fails its trial. */
export function isCaught(error: unknown, option: CatchOption): boolean {
  if (typeof option === "boolean") return option;
  return option.some((errorClass) => error instanceof errorClass);
}
