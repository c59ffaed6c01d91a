import type { ParamValue } from "../distribution.js";
import { isJsonObject } from "../json-value.js";
import type { TrialTemplate } from "../storage.js";
import { own, type Json, type TrialSnapshot } from "./trial-snapshot.js";

/** Optuna's system attribute of a trial whose parameters were given before it ran. */
const ENQUEUED_KEY = "fixed_params";

/** A trial that waits to be tried with these parameters, by flat name; those left out are sampled. */
export function waitingTrial(
  params: Readonly<Record<string, ParamValue>>,
  userAttrs: Readonly<Record<string, Json>> = {},
): TrialTemplate {
  return {
    state: "WAITING",
    values: null,
    internalParams: {},
    distributions: {},
    intermediateValues: new Map(),
    userAttrs,
    systemAttrs: { [ENQUEUED_KEY]: params },
    datetimeStart: null,
    datetimeComplete: null,
  };
}

/** Whether a trial's parameters, or some of them, were given before it ran. */
export function isEnqueued({ systemAttrs }: TrialSnapshot): boolean {
  return ENQUEUED_KEY in systemAttrs;
}

/** The params a trial was enqueued with, by flat name; those it does not name are sampled. */
export function enqueuedParams(trial: Pick<TrialSnapshot, "systemAttrs">): Readonly<Record<string, Json>> {
  const enqueued = trial.systemAttrs[ENQUEUED_KEY];
  return isJsonObject(enqueued) ? enqueued : {};
}

/** Whether a trial has, or was enqueued with, just these parameters and values. */
export function hasSameParams(trial: TrialSnapshot, params: Readonly<Record<string, ParamValue>>): boolean {
  return sameParams(isEnqueued(trial) ? enqueuedParams(trial) : trial.params, params);
}

/** Optuna's sense of the same: the same names, each with an equal value of the same type, numbers to a relative 1e-5. */
function sameParams(existing: Readonly<Record<string, Json>>, asked: Readonly<Record<string, ParamValue>>): boolean {
  const names = Object.keys(asked);
  if (names.length !== Object.keys(existing).length) return false;
  return names.every((name) => {
    const [a, b] = [own(existing, name), own(asked, name)];
    if (typeof a === "number" && typeof b === "number") return Math.abs(b - a) <= 1e-5 * Math.abs(a);
    return a === b;
  });
}
