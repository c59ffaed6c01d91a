import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SourceLocation } from "../protocol/wire.js";

const FRAME = /^\s+at (?:.*\()?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^\n]*?)(?:\?[^\n:]*)?:(\d+):(\d+)\)?\s*$/;

/**
 * The line where a stored trial failed: the topmost frame of its reason in a file that may be opened. Anyone may have written the reason.
 * @param mayOpen whether a path is the user's.
 */
export function failureLocation(reason: string, mayOpen: (path: string) => boolean): SourceLocation | undefined {
  for (const line of reason.split("\n")) {
    const [, place, row, column] = FRAME.exec(line) ?? [];
    const file = place === undefined ? undefined : pathOf(place);
    if (file !== undefined && existsSync(file) && mayOpen(file))
      return { file, line: Number(row), column: Number(column) };
  }
  return undefined;
}

function pathOf(place: string): string | undefined {
  if (!place.startsWith("file:")) return place;
  try {
    return fileURLToPath(place);
  } catch {
    return undefined;
  }
}
