import { InvalidArgumentError } from "../engine/errors.js";
import type { StudySnapshot } from "../engine/storage.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { StudySummary } from "../protocol/inspector.js";
import { compileFilter } from "../query/filter.js";
import { QueryError } from "../query/query-error.js";

/**
 * Whether a trial of a study matches a filter.
 * @throws InvalidArgumentError that says what is wrong with the filter, and where.
 */
export function filterOf(
  filter: string,
  { directions }: StudySnapshot,
  { metricNames, params, attributes }: Pick<StudySummary, "metricNames" | "params" | "attributes">,
): (trial: TrialSnapshot) => boolean {
  try {
    return compileFilter(filter, { directions, metricNames, params: params.map(({ name }) => name), attributes });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const place = filter.slice(error.from, error.to);
    throw new InvalidArgumentError(`Filter${place === "" ? "" : `, at ${place}`}: ${error.message}`);
  }
}
