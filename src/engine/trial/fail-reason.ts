import { isInterrupted } from "./checkpoint.js";
import { learnedFrom } from "./origin.js";
import { continuations, continuedTrialNumber, isPaused } from "./paused.js";
import { isFinished, type TrialSnapshot, type TrialState } from "./trial-snapshot.js";

/** The system attribute that says why a trial is FAIL. */
export const FAIL_REASON_KEY = "fail_reason";

/** The reason of a trial the user stopped. It does not count as finished. */
export const STOPPED_REASON = "stopped";

/** Why the trial is FAIL, for people; `undefined` where nobody said. */
export function failReasonOf(trial: TrialSnapshot): string | undefined {
  const reason = trial.systemAttrs[FAIL_REASON_KEY];
  return typeof reason === "string" ? reason : undefined;
}

/**
 * How many trials are COMPLETE, PRUNED or FAIL; those the user stopped, and interrupted ones, are not counted: a resume makes up for them.
 * Trials that continue one another are counted once, by the first.
 */
export function countFinished(trials: readonly TrialSnapshot[]): number {
  return trials.filter(countsAsFinished).length;
}

/** Whether a trial counts toward a study's number of trials: those that it has learned from earlier studies do not. */
export function countsAsFinished(trial: TrialSnapshot): boolean {
  return isTried(trial) && learnedFrom(trial) === undefined;
}

/** Whether a trial is COMPLETE, PRUNED or FAIL, not merely stopped by the user or interrupted with a checkpoint, and continues no other. */
export function isTried(trial: TrialSnapshot): boolean {
  if (continuedTrialNumber(trial) !== undefined) return false;
  return isFinished(trial.state) && failReasonOf(trial) !== STOPPED_REASON && !isInterrupted(trial);
}

/** How many trials are in each state; of those that continue one another, the last is counted, unless it has failed. */
export function countStates(trials: readonly TrialSnapshot[]): Record<TrialState, number> {
  const counts = { RUNNING: 0, COMPLETE: 0, PRUNED: 0, FAIL: 0, WAITING: 0 };
  const continued = continuations(trials);
  for (const { number, state } of trials) if (!continued.has(number)) counts[state]++;
  return counts;
}

/**
 * Of the trials that `countStates` counts: how many of the FAIL ones only ended before their time, because the user stopped them or they were
 * interrupted, and how many of the PRUNED ones a scheduler has paused.
 */
export function countAsides(trials: readonly TrialSnapshot[]): { readonly stopped: number; readonly paused: number } {
  const stopped = trials.filter(
    (trial) => trial.state === "FAIL" && (failReasonOf(trial) === STOPPED_REASON || isInterrupted(trial)),
  );
  const continued = continuations(trials);
  const paused = trials.filter((trial) => isPaused(trial) && !continued.has(trial.number));
  return { stopped: stopped.length, paused: paused.length };
}

const MAX_FRAMES = 5;
const MAX_MESSAGE = 1500;

/** The frames of a stack, a line each; the path in one may hold line breaks. */
export function stackFrames(stack: string): string[] {
  return stack.split(/\n(?=\s+at )/).filter((frame) => /^\s+at /.test(frame));
}

/** What was thrown, as it is stored: the message and the first frames of the stack that are the user's own. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error))
    return `Threw a value that is not an Error: ${thrownText(error)}`.slice(0, MAX_MESSAGE);
  const message = `${error.name}: ${error.message}`.slice(0, MAX_MESSAGE);
  const lines = stackFrames(error.stack ?? "");
  const ours = lines.findIndex((line) => /\bat (async )?runObjective\b/.test(line));
  const frames = lines.slice(0, ours < 0 ? lines.length : ours).filter((line) => !/node:|node_modules/.test(line));
  return [message, ...frames.slice(0, MAX_FRAMES)].join("\n");
}

/** Of anything at all: what cannot become text must not keep its trial from being stored. */
function thrownText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? "An object";
  } catch {
    return "An object";
  }
}
