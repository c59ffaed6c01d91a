import { InvalidArgumentError } from "../errors.js";
import type { StudySnapshot } from "../storage.js";

/** The study's system attribute that names its objective values, as Optuna writes it. */
export const METRIC_NAMES_KEY = "study:metric_names";

/** The name of each objective value; `undefined` if none were set. */
export function readMetricNames({ systemAttrs, directions }: StudySnapshot): readonly string[] | undefined {
  const names = systemAttrs[METRIC_NAMES_KEY];
  if (!Array.isArray(names) || names.length !== directions.length) return undefined;
  return names.every((name) => typeof name === "string") ? names : undefined;
}

/** @throws InvalidArgumentError unless there is one name per direction, each given once. */
export function checkMetricNames(studyName: string, names: readonly string[], directions: number): void {
  if (names.length !== directions || new Set(names).size !== directions || names.includes(""))
    throw new InvalidArgumentError(
      `Study "${studyName}" needs ${directions} different metric names, not ${JSON.stringify(names)}.`,
    );
}
