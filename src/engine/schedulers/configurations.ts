import type { StudyView } from "../study/study-view.js";
import { continuedTrialNumber, isPaused } from "../trial/paused.js";
import { retryHistory } from "../trial/retry.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";

/** A configuration with all trials that have trained it, as schedulers see it. */
export interface Configuration {
  /** The trial that trained it last, which has its parameters. */
  readonly last: TrialSnapshot;
  /** Each step's reported value, in ascending order of steps, of all its trials. */
  readonly curve: ReadonlyMap<number, number>;
  /** `over`: it cannot be trained further. */
  readonly state: "running" | "paused" | "over";
}

/** The configurations of a study that have started, by the number of their last trial. A retry belongs to the configuration of what it retries. */
export function configurationsOf(study: Pick<StudyView, "getTrials">): Configuration[] {
  const trials = study.getTrials();
  const curves = new Map<number, ReadonlyMap<number, number>>();
  for (const trial of trials) {
    if (trial.state === "WAITING") continue;
    const before = retryHistory(trial).at(-1) ?? continuedTrialNumber(trial);
    curves.set(trial.number, mergedCurve(before === undefined ? undefined : curves.get(before), trial));
    if (before !== undefined) curves.delete(before);
  }
  return [...curves].map(([number, curve]) => ({ last: trials[number]!, curve, state: stateOf(trials[number]!) }));
}

function stateOf(trial: TrialSnapshot): Configuration["state"] {
  if (trial.state === "RUNNING") return "running";
  return isPaused(trial) ? "paused" : "over";
}

/** One that trains again from the start is judged by what was reported first. */
function mergedCurve(
  before: ReadonlyMap<number, number> | undefined,
  { intermediateValues }: TrialSnapshot,
): ReadonlyMap<number, number> {
  return before ? new Map([...intermediateValues, ...before].sort(([a], [b]) => a - b)) : intermediateValues;
}
