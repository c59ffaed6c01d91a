import type { Distribution, ParamValue } from "../distribution.js";

/** Anything JSON can hold; what user and system attributes are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Optuna's names, as the database stores them. */
export type TrialState = "RUNNING" | "COMPLETE" | "PRUNED" | "FAIL" | "WAITING";

/** COMPLETE, PRUNED and FAIL trials never change again. */
export function isFinished(state: TrialState): boolean {
  return state === "COMPLETE" || state === "PRUNED" || state === "FAIL";
}

/**
 * What a storage knows of one trial: a snapshot. Snapshots of finished trials are shared, not copied; nobody may write to one.
 */
export interface TrialSnapshot {
  /** The storage's key, unique in the whole storage. */
  readonly id: number;
  /** 0, 1, 2, … within its study, without gaps. */
  readonly number: number;
  readonly state: TrialState;
  /** One per direction; `null` until there is a result (and for a FAIL, or a PRUNED that never reported). May be ±Infinity, never NaN. */
  readonly values: readonly number[] | null;
  /** Parameter values as the user sees them, in the order of suggestion. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** The same in the stored representation: the number itself, or the index of the choice. */
  readonly internalParams: Readonly<Record<string, number>>;
  readonly distributions: Readonly<Record<string, Distribution>>;
  /** Step to reported value, ascending by step; values may be NaN or ±Infinity. */
  readonly intermediateValues: ReadonlyMap<number, number>;
  readonly userAttrs: Readonly<Record<string, Json>>;
  readonly systemAttrs: Readonly<Record<string, Json>>;
  readonly datetimeStart: Date | null;
  readonly datetimeComplete: Date | null;
  /** What of it is a whole number that JavaScript does not have, and is the nearest that it has, e.g. `user attribute "id"`. */
  readonly inexact?: readonly string[];
}

/** How many trials are in each state. */
export function countStates(trials: readonly TrialSnapshot[]): Record<TrialState, number> {
  const counts = { RUNNING: 0, COMPLETE: 0, PRUNED: 0, FAIL: 0, WAITING: 0 };
  for (const { state } of trials) counts[state]++;
  return counts;
}

/** Milliseconds from its start to its end, at least 0: the system's clock may have been set back between. `null` for a trial that has not ended. */
export function durationMs({ datetimeStart, datetimeComplete }: TrialSnapshot): number | null {
  if (datetimeStart === null || datetimeComplete === null) return null;
  return Math.max(0, datetimeComplete.getTime() - datetimeStart.getTime());
}

/** The largest step reported so far, or `null` where nothing was. */
export function lastStep(trial: TrialSnapshot): number | null {
  let last: number | null = null;
  for (const step of trial.intermediateValues.keys()) if (last === null || step > last) last = step;
  return last;
}

/** What a record has of a name, which may be `constructor`. */
export function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
