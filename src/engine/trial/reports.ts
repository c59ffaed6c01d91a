import { lastStep, type Json, type TrialSnapshot } from "./trial-snapshot.js";

/**
 * Where a trial of several objectives keeps what it reported: a system attribute for each step. Intermediate values would be one number a
 * step, and Optuna's samplers fail on a pruned trial of several objectives that has any.
 */
export const REPORT_KEY = "tunelens:report:";

/** The system attribute of a report. */
export function reportAttr(step: number): string {
  return `${REPORT_KEY}${step}`;
}

/** The step of a report's system attribute; undefined for another attribute. */
export function reportedStep(key: string): number | undefined {
  return key.startsWith(REPORT_KEY) ? Number(key.slice(REPORT_KEY.length)) : undefined;
}

const read = new WeakMap<TrialSnapshot, ReadonlyMap<number, readonly number[]>>();

/** What a trial of several objectives reported: by step, ascending, one value per direction. */
export function reportedValues(trial: TrialSnapshot): ReadonlyMap<number, readonly number[]> {
  let reports = read.get(trial);
  if (reports === undefined) read.set(trial, (reports = readReports(trial)));
  return reports;
}

function readReports({ systemAttrs }: TrialSnapshot): ReadonlyMap<number, readonly number[]> {
  const reports = Object.entries(systemAttrs).flatMap(([key, value]) => {
    const step = reportedStep(key);
    return step !== undefined && areNumbers(value) ? [[step, value] as const] : [];
  });
  return new Map(reports.sort(([a], [b]) => a - b));
}

function areNumbers(value: Json): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}

/** A trial with what it reported of one of several objectives as its intermediate values; of one objective, the trial itself. */
export function withCurveOf(trial: TrialSnapshot, objective: number, objectives: number): TrialSnapshot {
  if (objectives === 1) return trial;
  const curve = [...reportedValues(trial)].flatMap(([step, values]) => {
    const value = values[objective];
    return value === undefined ? [] : [[step, value] as const];
  });
  return { ...trial, intermediateValues: new Map(curve) };
}

/** The last step that a trial reported, of however many objectives. */
export function lastReportedStep(trial: TrialSnapshot): number | null {
  return lastStep(trial) ?? [...reportedValues(trial).keys()].at(-1) ?? null;
}
