import { contains, toInternal, type Distribution, type ParamValue } from "../distribution.js";
import { InvalidDefinitionError, InvalidValuesError } from "../errors.js";
import { checkJsonRecord } from "../json-value.js";
import { readValues } from "../objective.js";
import type { TrialTemplate } from "../storage.js";
import { constraintAttrs } from "./constraints.js";
import { isFinished, type Json, type TrialState } from "./trial-snapshot.js";

/** A trial that ran elsewhere, for `addTrial`. */
export interface AddedTrial {
  /** Default COMPLETE. */
  readonly state?: TrialState;
  /** For a study with one direction. */
  readonly value?: number;
  readonly values?: readonly number[];
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** One for each of `params`. */
  readonly distributions?: Readonly<Record<string, Distribution>>;
  readonly intermediateValues?: ReadonlyMap<number, number>;
  /** By key, as `trial.setConstraint` has them: satisfied at most at 0. */
  readonly constraints?: Readonly<Record<string, number>>;
  readonly userAttrs?: Readonly<Record<string, Json>>;
  readonly systemAttrs?: Readonly<Record<string, Json>>;
}

/**
 * What a storage is given of it, started and ended now.
 * @param where for errors, e.g. `Study "digits", a trial to add`.
 * @param directions how many the study has.
 * @throws as `Study.addTrial`.
 */
export function addedTrialTemplate(where: string, added: AddedTrial, directions: number): TrialTemplate {
  const { state = "COMPLETE", params = {}, distributions = {} } = added;
  checkJsonRecord(where, { ...added.userAttrs, ...added.systemAttrs });
  const values = added.values ?? (added.value === undefined ? null : [added.value]);
  checkValues(where, state, values, directions);
  const now = new Date();
  return {
    state,
    values,
    internalParams: toInternalParams(params, distributions),
    distributions,
    intermediateValues: added.intermediateValues ?? new Map(),
    userAttrs: added.userAttrs ?? {},
    systemAttrs: { ...added.systemAttrs, ...constraintAttrs(added.constraints ?? {}) },
    datetimeStart: state === "WAITING" ? null : now,
    datetimeComplete: isFinished(state) ? now : null,
  };
}

function checkValues(where: string, state: TrialState, values: readonly number[] | null, directions: number): void {
  if (values === null) {
    if (state === "COMPLETE") throw new InvalidValuesError(`${where}: a COMPLETE trial needs values.`);
    return;
  }
  if (state !== "COMPLETE" && state !== "PRUNED")
    throw new InvalidValuesError(`${where}: a ${state} trial has no values.`);
  const checked = readValues(values, directions);
  if ("problem" in checked) throw new InvalidValuesError(`${where}: ${checked.problem}`);
}

function toInternalParams(
  params: Readonly<Record<string, ParamValue>>,
  distributions: Readonly<Record<string, Distribution>>,
): Record<string, number> {
  // By name in a map: a name may be one that every object has.
  const byName = new Map(Object.entries(distributions));
  const values = new Map(Object.entries(params));
  const internal = new Map<string, number>();
  for (const name of new Set([...values.keys(), ...byName.keys()])) {
    const [value, distribution] = [values.get(name), byName.get(name)];
    if (value === undefined || distribution === undefined)
      throw new InvalidDefinitionError(`A trial to add needs a value and a distribution for the parameter "${name}".`);
    const stored = toInternal(distribution, value);
    internal.set(name, stored);
    if (!contains(distribution, stored))
      throw new InvalidDefinitionError(`A trial to add has ${String(value)} for "${name}", outside its distribution.`);
  }
  return Object.fromEntries(internal);
}
