import type { TrialTemplate } from "../storage.js";
import { CHECKPOINT_KEY, type StoredCheckpoint } from "./checkpoint.js";
import { CONTINUES_KEY, continuedTrialNumber, PAUSED_KEY, UNTIL_KEY } from "./paused.js";
import { HISTORY_KEY, ORIGINAL_KEY, retriedTrialNumber } from "./retry.js";
import type { TrialSnapshot } from "./trial-snapshot.js";

/**
 * A RUNNING trial that continues a paused one: with its parameters and its attributes, and with the curve up to its checkpoint.
 * @param until the step (0-based) after which it is paused again; undefined: it trains to its end.
 * @param checkpoint undefined: it trains from the start.
 */
export function promotionOf(
  trial: TrialSnapshot,
  until: number | undefined,
  checkpoint: StoredCheckpoint | undefined,
): TrialTemplate {
  const own: readonly string[] = [CHECKPOINT_KEY, PAUSED_KEY, UNTIL_KEY, ORIGINAL_KEY, HISTORY_KEY];
  const kept = Object.entries(trial.systemAttrs).filter(([key]) => !own.includes(key));
  return {
    state: "RUNNING",
    values: null,
    internalParams: trial.internalParams,
    distributions: trial.distributions,
    intermediateValues: new Map(
      [...trial.intermediateValues].filter(([step]) => checkpoint !== undefined && step <= checkpoint.step),
    ),
    userAttrs: trial.userAttrs,
    systemAttrs: {
      ...Object.fromEntries(kept),
      [CONTINUES_KEY]: trial.number,
      ...(until === undefined ? {} : { [UNTIL_KEY]: until }),
      ...(checkpoint ? { [CHECKPOINT_KEY]: { ...checkpoint } } : {}),
    },
    datetimeStart: new Date(),
    datetimeComplete: null,
  };
}

/** The number of the trial that was the first to train what this one trains. */
export function firstOfChain(trials: readonly TrialSnapshot[], trial: TrialSnapshot): number {
  let first = trial;
  // Numbers go down, whatever a damaged study says.
  for (;;) {
    const before = trials[retriedTrialNumber(first) ?? continuedTrialNumber(first) ?? first.number];
    if (!before || before.number >= first.number) return first.number;
    first = before;
  }
}
