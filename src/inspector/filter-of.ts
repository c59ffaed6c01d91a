import { InvalidArgumentError } from "../engine/errors.js";
import type { StudySnapshot } from "../engine/storage.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { StudySummary } from "../protocol/inspector.js";
import { toWire, type WireParamValue } from "../protocol/wire.js";
import { type Field, fieldNamed, type QueriedStudy } from "../query/fields.js";
import { compileFilter, fieldsIn } from "../query/filter.js";
import { QueryError } from "../query/query-error.js";

const MAX_VALUES = 50;

/** What the filter knows of a study. */
export function queriedStudy(
  { directions, systemAttrs }: StudySnapshot,
  { metricNames, params, attributes }: Pick<StudySummary, "metricNames" | "params" | "attributes">,
): QueriedStudy {
  return { directions, metricNames, params: params.map(({ name }) => name), attributes, systemAttrs };
}

/**
 * Whether a trial of a study matches a filter.
 * @throws InvalidArgumentError that says what is wrong with the filter, and where.
 */
export function filterOf(filter: string, study: QueriedStudy): (trial: TrialSnapshot) => boolean {
  return explained(filter, () => compileFilter(filter, study));
}

/** Whether a filter says nothing of parameters and intermediate values. One with an error does not. */
export function isOfHeads(filter: string, study: QueriedStudy): boolean {
  return fieldsOrNone(() => fieldsIn(filter, study)).every(({ isInFull }) => !isInFull);
}

/** The same of a field. */
export function isFieldOfHeads(field: string, study: QueriedStudy): boolean {
  return fieldsOrNone(() => [fieldNamed(field, study)]).every(({ isInFull }) => !isInFull);
}

/**
 * The values that trials have of a field, the most frequent first; those of lists one by one.
 * @param field as it is written in a filter.
 * @throws InvalidArgumentError for a field that the study does not have.
 */
export function fieldValues(field: string, trials: readonly TrialSnapshot[], study: QueriedStudy): WireParamValue[] {
  const { get } = explained(field, () => fieldNamed(field, study));
  const counts = new Map<WireParamValue, number>();
  for (const trial of trials) {
    const value = get(trial);
    for (const item of Array.isArray(value) ? value : [value])
      if (item !== undefined && (typeof item !== "object" || item === null)) {
        const wire = typeof item === "number" ? toWire(item) : (item as WireParamValue);
        counts.set(wire, (counts.get(wire) ?? 0) + 1);
      }
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_VALUES)
    .map(([value]) => value);
}

function fieldsOrNone(read: () => readonly Field[]): readonly Field[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof QueryError) return [];
    throw error;
  }
}

function explained<T>(filter: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const place = filter.slice(error.from, error.to);
    throw new InvalidArgumentError(`Filter${place === "" ? "" : `, at ${place}`}: ${error.message}`);
  }
}
