import { StorageFailure, TrialFinishedError, TrialPruned } from "../errors.js";
import { countFinished, describeFailure } from "../trial/fail-reason.js";
import type { TrialSnapshot, Json } from "../trial/trial-snapshot.js";
import { checkOptions, type NamesOf } from "../known-names.js";
import { checkCount, checkSeconds, checkWhole } from "../number-options.js";
import type { Objective, ObjectiveResult } from "../objective.js";
import type { InferParams, Space } from "../space.js";
import type { Study } from "./study.js";
import type { Terminator } from "../terminators/terminator.js";
import type { StudyTrial } from "../trial/trial.js";

/** Which errors of an objective only fail their trial: all, none, or those of these classes. */
export type CatchOption = boolean | readonly (abstract new (...args: never[]) => Error)[];

export interface OptimizeOptions<S extends Space> {
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
  /** Called after each trial, one after the other. */
  readonly callbacks?: readonly ((study: Study<S>, trial: TrialSnapshot) => void | Promise<void>)[] | undefined;
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

/** How an objective ended. */
export type TrialOutcome =
  | { readonly type: "result"; readonly result: ObjectiveResult }
  | { readonly type: "pruned" }
  | { readonly type: "stopped" }
  | { readonly type: "error"; readonly error: unknown; readonly reason: string };

/** How long an objective may take to notice that it was stopped before its trial is closed without it. */
const STOP_GRACE_MILLISECONDS = 2_000;

/** How long a run of quick trials may keep the event loop for itself: a stop comes as a message. */
const TURN_MILLISECONDS = 20;

const optionNames: NamesOf<OptimizeOptions<Space>> = {
  trials: true,
  totalTrials: true,
  timeout: true,
  catch: true,
  callbacks: true,
  terminator: true,
  signal: true,
  epochs: true,
  systemAttrs: true,
  isKnownToRun: true,
};

/** @throws InvalidArgumentError for an option that is unknown or outside what it may be. */
export function checkOptimizeOptions<S extends Space>(study: string, options: OptimizeOptions<S>): void {
  const where = `Study "${study}", optimize`;
  checkOptions<object>(where, options, optionNames);
  const { trials = Infinity, totalTrials = Infinity, timeout = Infinity, epochs = 1 } = options;
  checkCount(where, "trials", trials, 0);
  checkCount(where, "totalTrials", totalTrials, 0);
  checkSeconds(where, "timeout", timeout);
  checkWhole(where, "epochs", epochs, 1);
}

/** The loop of `Study.optimize`. */
export async function runOptimization<S extends Space>(
  study: Study<S>,
  objective: Objective<InferParams<S>>,
  options: OptimizeOptions<S>,
  stopRequested: () => boolean,
): Promise<OptimizeEnd> {
  const { trials = Infinity, totalTrials = Infinity, timeout = Infinity, signal, epochs, systemAttrs } = options;
  const startedAt = study.clock.now();
  let turnedAt = startedAt;
  for (let run = 0; ; run++) {
    if (study.clock.now() - turnedAt >= TURN_MILLISECONDS) {
      await study.clock.turn();
      turnedAt = study.clock.now();
    }
    if (stopRequested() || signal?.aborted) return "stopped";
    let started: number | undefined;
    const startNext = () => {
      if (started !== undefined) return study.take(started, { epochs, signal });
      study.failStaleTrials(options.isKnownToRun);
      if (run >= trials) return "trials";
      if (study.clock.now() - startedAt >= timeout * 1000) return "timeout";
      const end = whyDone(study, options);
      started = end ? undefined : study.startWithin(totalTrials, systemAttrs);
      return started === undefined ? (end ?? "trials") : study.take(started, { epochs, signal });
    };
    const next = whenStorageWorks(study, signal, startNext);
    const trial = next instanceof Promise ? await next : next;
    if (trial === undefined || typeof trial === "string") return trial ?? "stopped";
    const finished = await runTrial(study, trial, objective, options);
    for (const callback of options.callbacks ?? []) await callback(study, finished);
  }
}

/** Why no trial is to be started any more, whatever the time. */
function whyDone<S extends Space>(study: Study<S>, options: OptimizeOptions<S>): OptimizeEnd | undefined {
  const { totalTrials = Infinity, terminator } = options;
  if (totalTrials < Infinity && countFinished(study.trials) >= totalTrials) return "trials";
  if (study.sampler.isExhausted?.(study) && study.getTrials(["WAITING"]).length === 0) return "trials";
  return terminator?.shouldTerminate(study) ? "terminator" : undefined;
}

/**
 * Does what needs the storage; where that cannot be used now, but may be later, waits for it.
 * @returns undefined where the user stopped the study meanwhile.
 */
function whenStorageWorks<S extends Space, T>(
  study: Study<S>,
  signal: AbortSignal | undefined,
  action: () => T,
): T | Promise<T | undefined> {
  try {
    return action();
  } catch (error) {
    if (!study.storage.settle) throw error;
    const settled = study.storage.settle(signal, error);
    return settled.then((works) => (works ? whenStorageWorks(study, signal, action) : undefined));
  }
}

async function runTrial<S extends Space>(
  study: Study<S>,
  trial: StudyTrial<InferParams<S>>,
  objective: Objective<InferParams<S>>,
  { signal, catch: caught = false }: OptimizeOptions<S>,
): Promise<TrialSnapshot> {
  study.listener.trialStarted?.({ number: trial.number, datetimeStart: trial.datetimeStart });
  const endHeartbeat = startHeartbeat(study, trial);
  let outcome: TrialOutcome;
  try {
    outcome = await untilStopped(runObjective(objective, trial), study, signal);
  } finally {
    endHeartbeat();
  }
  if (outcome.type === "error" && outcome.error instanceof StorageFailure) {
    // Nothing of it is the objective's fault. Where waiting helps, the trial is tried again; else the failure ends the run.
    const { error } = outcome;
    const putBack = study.putBack(trial);
    if (!(await study.storage.settle?.(signal, error))) throw error;
    return putBack;
  }
  const finished = study.finishOutcome(trial, outcome);
  try {
    await study.storage.settle?.(signal);
  } finally {
    study.listener.trialFinished?.(finished, outcome);
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
async function untilStopped<S extends Space>(
  running: Promise<TrialOutcome>,
  study: Study<S>,
  signal: AbortSignal | undefined,
): Promise<TrialOutcome> {
  if (!signal) return running;
  let callOff = () => {};
  let onAbort = () => {};
  const leftBehind = new Promise<TrialOutcome>((resolve) => {
    onAbort = () => {
      callOff = study.clock.after(STOP_GRACE_MILLISECONDS, () => resolve({ type: "stopped" }));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  const outcome = await Promise.race([running, leftBehind]);
  signal.removeEventListener("abort", onAbort);
  callOff();
  return signal.aborted ? { type: "stopped" } : outcome;
}

function startHeartbeat<S extends Space>(study: Study<S>, trial: StudyTrial): () => void {
  return study.clock.every(study.heartbeat.interval * 1000, () => {
    try {
      study.storage.recordHeartbeat(trial.id);
    } catch (error) {
      study.listener.warn?.(`Study "${study.name}", trial ${trial.number}: no heartbeat written: ${String(error)}`);
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
