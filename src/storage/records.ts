import { type Distribution, type ParamValue, toExternal } from "../engine/distribution.js";
import type { Json, TrialSnapshot, TrialState } from "../engine/trial/trial-snapshot.js";

/** A trial as storages without a database keep it. */
export interface TrialRecord {
  readonly id: number;
  readonly number: number;
  state: TrialState;
  values: readonly number[] | null;
  readonly params: Map<string, { readonly internal: number; readonly distribution: Distribution }>;
  readonly intermediateValues: Map<number, number>;
  readonly userAttrs: Map<string, Json>;
  readonly systemAttrs: Map<string, Json>;
  datetimeStart: Date | null;
  datetimeComplete: Date | null;
  /** What was rounded, as in a snapshot. */
  readonly inexact: Set<string>;
  /** What was handed out, while it is true. */
  snapshot: TrialSnapshot | null;
}

export function newRecord(id: number, number: number): TrialRecord {
  return {
    id,
    number,
    state: "RUNNING",
    values: null,
    params: new Map(),
    intermediateValues: new Map(),
    userAttrs: new Map(),
    systemAttrs: new Map(),
    datetimeStart: null,
    datetimeComplete: null,
    inexact: new Set(),
    snapshot: null,
  };
}

/** The same one until the record says that it is not true any more. */
export function snapshotOf(record: TrialRecord): TrialSnapshot {
  record.snapshot ??= made(record);
  return record.snapshot;
}

/** SQLite keeps no -0, and a study is the same wherever it is kept. */
export function unsigned(value: number): number {
  return value + 0;
}

function made({ params, inexact, ...record }: TrialRecord): TrialSnapshot {
  const ofEach = <T>(part: (internal: number, distribution: Distribution) => T): Record<string, T> =>
    Object.fromEntries(
      Array.from(params, ([name, { internal, distribution }]) => [name, part(internal, distribution)]),
    );
  return {
    id: record.id,
    number: record.number,
    state: record.state,
    values: record.values,
    params: ofEach((internal, distribution): ParamValue => toExternal(distribution, internal)),
    internalParams: ofEach((internal) => internal),
    distributions: ofEach((_internal, distribution) => distribution),
    intermediateValues: new Map([...record.intermediateValues].sort(([a], [b]) => a - b)),
    userAttrs: Object.fromEntries(record.userAttrs),
    systemAttrs: Object.fromEntries(record.systemAttrs),
    datetimeStart: record.datetimeStart,
    datetimeComplete: record.datetimeComplete,
    ...(inexact.size > 0 ? { inexact: [...inexact] } : {}),
  };
}
