import { own, type TrialSnapshot } from "../../trial/trial-snapshot.js";
import { internalIfValid, sharedRelativeParams } from "../relative-params.js";
import type { StudyView } from "../../study/study-view.js";
import type { Points } from "../../gaussian-process/kernel.js";
import type { NormalizedSpace } from "../../gaussian-process/normalized-space.js";

/** Where the parameters of running trials are shared between workers. */
export const ATTRIBUTE_PREFIX = "gp";

/** A trial that a model is made of. */
export interface Observation {
  readonly trial: TrialSnapshot;
  readonly point: Float64Array;
}

/** Those of the trials that have all parameters of the space. */
export function observationsOf(trials: readonly TrialSnapshot[], space: NormalizedSpace): Observation[] {
  return trials.flatMap((trial) => {
    const point = space.normalize((name) => own(trial.internalParams, name));
    return point ? [{ trial, point }] : [];
  });
}

/** Where other trials run: what they asked for so far, and what they were given together. */
export function pendingPoints(study: StudyView, trial: TrialSnapshot, space: NormalizedSpace): Points | undefined {
  const observations = study.getTrials(["RUNNING"]).flatMap((running) => {
    if (running.number === trial.number) return [];
    const shared = sharedRelativeParams(running, ATTRIBUTE_PREFIX);
    const point = space.normalize(
      (name, distribution) => own(running.internalParams, name) ?? internalIfValid(distribution, own(shared, name)),
    );
    return point ? [{ trial: running, point }] : [];
  });
  return observations.length > 0 ? space.inRows(observations.map(({ point }) => point)) : undefined;
}
