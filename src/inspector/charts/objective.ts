import { InvalidArgumentError } from "../../engine/errors.js";
import type { Direction, StudySnapshot } from "../../engine/storage.js";

/**
 * @param objective from 0.
 * @throws InvalidArgumentError where the study has no such objective.
 */
export function directionOf({ name, directions }: StudySnapshot, objective: number): Direction {
  const direction = directions[objective];
  if (direction !== undefined) return direction;
  throw new InvalidArgumentError(
    `Study "${name}" has no objective ${objective}: it has ${directions.length}, counted from 0.`,
  );
}
