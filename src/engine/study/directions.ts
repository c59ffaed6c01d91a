import { InvalidDefinitionError } from "../errors.js";
import type { Direction } from "../storage.js";

/** The directions, from `direction` or `directions`. @throws InvalidDefinitionError */
export function readDirections(
  name: string,
  options: { readonly direction?: Direction | undefined; readonly directions?: readonly Direction[] | undefined },
): readonly Direction[] {
  if (options.direction !== undefined && options.directions !== undefined)
    throw new InvalidDefinitionError(`Study "${name}": set direction or directions, not both.`);
  const directions = options.directions ?? [options.direction ?? "minimize"];
  if (!Array.isArray(directions) || directions.length === 0)
    throw new InvalidDefinitionError(
      `Study "${name}": directions must be a list of "minimize" and "maximize" with at least one entry.`,
    );
  for (const direction of directions)
    if (direction !== "minimize" && direction !== "maximize")
      throw new InvalidDefinitionError(
        `Study "${name}": a direction must be "minimize" or "maximize", not ${JSON.stringify(direction)}.`,
      );
  return directions as readonly Direction[];
}
