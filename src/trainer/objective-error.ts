import { InvalidValuesError, TunelensError } from "../engine/errors.js";
import { readValues, RETURNED_NAN } from "../engine/objective.js";
import type { SourceLocation } from "../protocol/wire.js";
import { fatalCodes } from "../protocol/trainer.js";
import { errorLocation, errorMessage, LocatedError } from "./error-location.js";
import { display } from "./study-file.js";

/** After this error the process can train no more. */
export function isFatal(error: unknown): error is TunelensError {
  return error instanceof TunelensError && fatalCodes.includes(error.code);
}

/** What is wrong with the code of an objective that returned this; undefined if nothing is. A NaN may be due to the parameters alone. */
export function returnedMistake(result: unknown, directions: number): InvalidValuesError | undefined {
  const checked = readValues(result, directions);
  if (!("problem" in checked) || checked.problem === RETURNED_NAN) return undefined;
  const error = new InvalidValuesError(checked.problem);
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

/**
 * What a user is told of an objective that threw.
 * @param where the study and what it was doing, e.g. `Study "digits", trial 3`
 * @param definition where the study is defined, for an error that is about its options.
 * @param advice follows on a line of its own.
 */
export function objectiveError(
  where: string,
  error: unknown,
  definition: SourceLocation,
  advice?: string,
): LocatedError {
  const location = errorLocation(error) ?? (isAboutDefinition(error) ? definition : undefined);
  const line = location ? ` (${display(location.file)}:${location.line})` : "";
  const message = `${where} failed${line}: ${errorMessage(error)}`;
  const code = error instanceof TunelensError ? error.code : "objective-failed";
  return new LocatedError(code, advice ? `${message}\n${advice}` : message, location, { cause: error });
}

function isAboutDefinition(error: unknown): boolean {
  return error instanceof TunelensError && (error.code === "direction-missing" || error.code === "invalid-values");
}
