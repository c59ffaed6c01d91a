import type { Distribution, ParamValue } from "../distribution.js";

/** Any JSON value, the type of user and system attributes. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The states of a trial, with Optuna's names, as stored in the database. */
export type TrialState = "RUNNING" | "COMPLETE" | "PRUNED" | "FAIL" | "WAITING";

/** COMPLETE, PRUNED and FAIL trials never change again. */
export function isFinished(state: TrialState): boolean {
  return state === "COMPLETE" || state === "PRUNED" || state === "FAIL";
}

/**
 * A snapshot of one trial in a storage. Snapshots of finished trials are shared, not copied, so never modify one.
 */
export interface TrialSnapshot {
  /** The storage's key, unique within the storage. */
  readonly id: number;
  /** 0, 1, 2, … within its study, without gaps. */
  readonly number: number;
  /** RUNNING and WAITING trials may still change. */
  readonly state: TrialState;
  /** One per direction; `null` until there is a result (and for a FAIL trial, or a PRUNED one without reports). May be ±Infinity, never NaN. */
  readonly values: readonly number[] | null;
  /** Parameter values as the objective received them, in the order of suggestion. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** The same values as stored: the number itself, or the index of the choice. */
  readonly internalParams: Readonly<Record<string, number>>;
  /** By flat name, as `params`. */
  readonly distributions: Readonly<Record<string, Distribution>>;
  /** Maps each step to its reported value, in ascending order of steps; values may be NaN or ±Infinity. */
  readonly intermediateValues: ReadonlyMap<number, number>;
  /** What `setUserAttr` has kept with it. */
  readonly userAttrs: Readonly<Record<string, Json>>;
  /** What samplers, pruners and the study keep with it, e.g. `fail_reason`. */
  readonly systemAttrs: Readonly<Record<string, Json>>;
  /** `null` while it waits. */
  readonly datetimeStart: Date | null;
  /** `null` until it is finished. */
  readonly datetimeComplete: Date | null;
  /** The parts with integers that JavaScript cannot represent and that are therefore rounded, such as `user attribute "id"`. */
  readonly inexact?: readonly string[];
}

/** Milliseconds from a trial's start to its end; at least 0, even if the system's clock was set back. `null` if it has not ended. */
export function durationMs({ datetimeStart, datetimeComplete }: TrialSnapshot): number | null {
  if (datetimeStart === null || datetimeComplete === null) return null;
  return Math.max(0, datetimeComplete.getTime() - datetimeStart.getTime());
}

/** The largest step reported so far, or `null` if there is none. */
export function lastStep({ intermediateValues }: Pick<TrialSnapshot, "intermediateValues">): number | null {
  let last: number | null = null;
  for (const step of intermediateValues.keys()) if (last === null || step > last) last = step;
  return last;
}

/** What a record has of a name, which may be `constructor`. */
export function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
