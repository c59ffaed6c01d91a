import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";

/** A COMPLETE trial, but for what is said otherwise. */
export function makeTrial(number: number, over: Partial<TrialSnapshot> = {}): TrialSnapshot {
  return {
    id: number + 1,
    number,
    state: "COMPLETE",
    values: [number],
    params: {},
    internalParams: {},
    distributions: {},
    intermediateValues: new Map(),
    userAttrs: {},
    systemAttrs: {},
    datetimeStart: new Date(1_700_000_000_000 + number * 1_000),
    datetimeComplete: new Date(1_700_000_000_500 + number * 1_000),
    ...over,
  };
}
