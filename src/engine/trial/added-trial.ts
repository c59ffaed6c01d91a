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
  /** One per direction; COMPLETE and PRUNED trials only. */
  readonly values?: readonly number[];
  /** By flat name. Default: none. */
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** One for each parameter of `params`. */
  readonly distributions?: Readonly<Record<string, Distribution>>;
  /** Step, from 0, to reported value. Default: none. */
  readonly intermediateValues?: ReadonlyMap<number, number>;
  /** By key, as in `trial.setConstraint`: satisfied if at most 0. */
  readonly constraints?: Readonly<Record<string, number>>;
  /** What JSON can hold. Default: none. */
  readonly userAttrs?: Readonly<Record<string, Json>>;
  /** The same for samplers, pruners and other programs. Default: none. */
  readonly systemAttrs?: Readonly<Record<string, Json>>;
}

/**
 * The trial as it is stored, with the present time as its start and end.
 * @param where for errors, such as `Study "digits", added trial`.
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
      throw new InvalidDefinitionError(
        `The added trial needs both a value and a distribution for the parameter "${name}".`,
      );
    const stored = toInternal(distribution, value);
    internal.set(name, stored);
    if (!contains(distribution, stored))
      throw new InvalidDefinitionError(
        `The added trial has ${String(value)} for "${name}", which is outside its distribution.`,
      );
  }
  return Object.fromEntries(internal);
}
