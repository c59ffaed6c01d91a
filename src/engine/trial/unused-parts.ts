import type { Pruner } from "../pruners/pruner.js";
import type { PruneBy } from "../pruners/several-objectives.js";
import type { Space } from "../space.js";
import { retryHistory } from "./retry.js";
import { lastReportedStep } from "./reports.js";
import type { StudyTrial } from "./study-trial.js";
import type { TrialSnapshot } from "./trial-snapshot.js";

/** What a study was given. */
interface Parts {
  /** undefined: the default. */
  readonly pruner?: Pruner | undefined;
  readonly pruneBy?: PruneBy | undefined;
  readonly space?: Space | undefined;
}

/** Warns, once per study, of what it was given and a complete trial made no use of. */
export function warnOfUnusedParts(
  trial: StudyTrial,
  complete: TrialSnapshot,
  { pruner, pruneBy, space = {} }: Parts,
): void {
  if (Object.keys(space).length > 0 && Object.keys(complete.distributions).length === 0)
    trial.warnOnce(
      "space",
      "the objective read no parameter of the space, so all trials are the same. Read them from trial.params.",
      "definition",
    );
  const unpruned =
    pruner && pruner.name !== "NopPruner" ? whyUnpruned(trial, complete, pruneBy !== undefined) : undefined;
  if (unpruned)
    trial.warnOnce("pruner", `the pruner ${pruner!.name} cannot end trials early, because ${unpruned}`, "definition");
}

function whyUnpruned(trial: StudyTrial, complete: TrialSnapshot, prunesSeveral: boolean): string | undefined {
  const isSingle = trial.directions.length === 1;
  if (!isSingle && !prunesSeveral)
    return "the study has several objectives. Remove the pruner. Or report one value for each, and set pruneBy.";
  if (lastReportedStep(complete) === null)
    return (
      "this one reported nothing while it ran. Train with fit(trial, …) or with trialCallback(trial) among the callbacks of model.fit, or call " +
      "trial.report(value, step) after each epoch and end the trial if trial.shouldPrune()."
    );
  // One that continues another may have nothing left to report.
  if (trial.hasAskedPruner || retryHistory(complete).length > 0) return undefined;
  return "this one never asked. After trial.report(…), write: if (trial.shouldPrune()) throw new TrialPruned();";
}
