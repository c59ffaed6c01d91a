import { TunelensError } from "../errors.js";
import type { TrialSnapshot } from "./trial-snapshot.js";

const PREFIX = "constraints:";

/** The system attribute that holds a constraint. */
export function constraintAttr(key: string): string {
  return PREFIX + key;
}

/** @throws TunelensError code `invalid-constraint` for a value that is no number, or NaN. */
export function checkConstraint(where: string, key: string, value: number): void {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  const given = typeof value === "number" ? "NaN" : typeof value;
  throw new TunelensError("invalid-constraint", `${where}: the constraint "${key}" must be a number, not ${given}.`);
}

/** The system attributes that hold constraints. @throws as `checkConstraint` */
export function constraintAttrs(constraints: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(constraints).map(([key, value]) => {
      checkConstraint("The added trial", key, value);
      return [constraintAttr(key), value];
    }),
  );
}

/**
 * The constraint values stored with a trial, by key; at most 0 is satisfied. Each is a system attribute `constraints:<key>`; older files
 * have the list `constraints`, whose keys are "0", "1", ….
 */
export function constraintValues({
  systemAttrs,
}: Pick<TrialSnapshot, "systemAttrs">): Readonly<Record<string, number>> {
  const values = new Map<string, number>();
  const list = systemAttrs.constraints;
  if (Array.isArray(list)) list.forEach((value: unknown, i) => values.set(String(i), Number(value)));
  for (const key in systemAttrs)
    if (key.startsWith(PREFIX)) values.set(key.slice(PREFIX.length), Number(systemAttrs[key]));
  return Object.fromEntries(values);
}

export function isConstrained(trial: TrialSnapshot): boolean {
  return Object.keys(constraintValues(trial)).length > 0;
}

/** Whether all constraints are satisfied; a trial without any is feasible. */
export function isFeasible(trial: TrialSnapshot): boolean {
  return Object.values(constraintValues(trial)).every((value) => value <= 0);
}

/** The sum of the constraint values above 0. */
export function totalViolation(trial: TrialSnapshot): number {
  let sum = 0;
  for (const value of Object.values(constraintValues(trial))) if (value > 0) sum += value;
  return sum;
}
