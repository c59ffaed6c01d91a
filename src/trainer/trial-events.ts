import { findBestTrial } from "../engine/study/best-trials.js";
import { pausedAt } from "../engine/trial/paused.js";
import { countFinished, failReasonOf } from "../engine/trial/fail-reason.js";
import type { EpochProgress } from "../engine/trial/trial.js";
import { durationMs, type TrialSnapshot, lastStep } from "../engine/trial/trial-snapshot.js";
import { type CatchOption, isCaught } from "../engine/study/optimize.js";
import type { TrialOutcome } from "../engine/objective.js";
import type { Direction } from "../engine/storage.js";
import type { BestTrial, EpochEnded, LogLine, TrialFinished } from "../protocol/trainer.js";
import { type SourceLocation, toWire, toWireParams } from "../protocol/wire.js";
import { errorLocation } from "./error-location.js";
import { isFatal } from "./objective-error.js";
import { display } from "./study-file.js";

export function epochEnded(progress: EpochProgress & { readonly number: number }): EpochEnded {
  const { number, epoch, epochs = null, logs, monitor } = progress;
  const wire = Object.fromEntries(Object.entries(logs).map(([name, value]) => [name, toWire(value)]));
  return { number, epoch, epochs, logs: wire, ...(monitor === undefined ? {} : { monitor }) };
}

/** A warning that names its place in the user's code, if it has one. */
export function locatedWarning(message: string, location: SourceLocation | undefined): LogLine {
  if (!location) return { level: "warn", message };
  return { level: "warn", message: `${message} See ${display(location.file)}:${location.line}.`, location };
}

/** null while nothing is COMPLETE, and for a study with several objectives. */
export function bestOf(trials: readonly TrialSnapshot[], directions: readonly Direction[]): BestTrial | null {
  const best = directions.length === 1 ? findBestTrial(trials, directions[0]!) : undefined;
  return best ? { number: best.number, value: toWire(best.values![0]!), params: toWireParams(best.params) } : null;
}

/**
 * @param all the study's trials, this one included.
 * @param caught which errors of its objective the study catches.
 */
export function trialFinishedEvent(
  trial: TrialSnapshot,
  outcome: TrialOutcome,
  all: readonly TrialSnapshot[],
  directions: readonly Direction[],
  caught: CatchOption = false,
): TrialFinished {
  const failReason = failReasonOf(trial);
  const paused = pausedAt(trial);
  const failLocation = outcome.type === "error" ? errorLocation(outcome.error) : undefined;
  const failKind = failKindOf(trial, outcome, caught);
  return {
    number: trial.number,
    state: trial.state,
    values: trial.values?.map(toWire) ?? null,
    params: toWireParams(trial.params),
    durationMs: durationMs(trial) ?? 0,
    lastStep: lastStep(trial),
    ...(paused === undefined ? {} : { pausedAt: paused }),
    ...(failReason === undefined ? {} : { failReason }),
    ...(failLocation === undefined ? {} : { failLocation }),
    ...(failKind === undefined ? {} : { failKind }),
    best: bestOf(all, directions),
    finished: countFinished(all),
  };
}

function failKindOf({ state }: TrialSnapshot, outcome: TrialOutcome, caught: CatchOption): TrialFinished["failKind"] {
  if (state !== "FAIL") return undefined;
  if (outcome.type === "result") return "result";
  return outcome.type === "error" && !isFatal(outcome.error) && isCaught(outcome.error, caught) ? "error" : undefined;
}
