import { InvalidValuesError, TunelensError } from "../engine/errors.js";
import type { SourceLocation } from "../protocol/wire.js";
import { keepUserFrames } from "./error-location.js";
import { objectiveError } from "./objective-error.js";

const ownCodes: readonly string[] = ["stopped", "not-continued", "not-evaluated", "model-not-found"];

/** What is said of a trial that was run again and failed: what Tunelens found itself, or the objective's error. */
export function rerunError(where: string, error: unknown, definition: SourceLocation): unknown {
  if (error instanceof InvalidValuesError) return error;
  if (error instanceof TunelensError && ownCodes.includes(error.code)) return error;
  keepUserFrames(error);
  return objectiveError(where, error, definition);
}
