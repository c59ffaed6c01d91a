import { existsSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { TunelensError } from "../engine/errors.js";
import type { SourceLocation, WireError } from "../protocol/wire.js";

/** An error whose place in the user's files is known. */
export class LocatedError extends TunelensError {
  override readonly name = "LocatedError";
  constructor(
    code: string,
    message: string,
    readonly location: SourceLocation | undefined,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

const PACKAGE_FOLDER = fileURLToPath(new URL("../..", import.meta.url));
/** Frames of these are ours; source maps may name the TypeScript they were made from. */
const OUR_FOLDERS = [`${PACKAGE_FOLDER}dist${sep}`, `${PACKAGE_FOLDER}src${sep}`];

const FRAME = /^\s+at (?:.*\()?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)\)?$/;

/** The topmost frame of an error's stack that is in the user's own code. */
export function errorLocation(error: unknown): SourceLocation | undefined {
  if (error instanceof LocatedError) return error.location;
  if (!(error instanceof Error)) return undefined;
  for (const line of error.stack?.split("\n") ?? []) {
    const [, place = "", row, column] = FRAME.exec(line) ?? [];
    const file = place.startsWith("file:") ? fileURLToPath(place) : place.split("?")[0]!;
    if (file && isUserFile(file)) return { file, line: Number(row), column: Number(column) };
  }
  return undefined;
}

function isUserFile(file: string): boolean {
  const ours = OUR_FOLDERS.some((folder) => file.startsWith(folder));
  return !ours && !file.includes(`${sep}node_modules${sep}`) && existsSync(file);
}

/** One line that says what was thrown, with the error's own name where it has one. */
export function errorMessage(error: unknown): string {
  if (error instanceof TunelensError) return error.message;
  if (error instanceof Error) return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  return `A value that is no Error was thrown: ${String(error)}`;
}

export function toWireError(error: unknown): WireError {
  const location = errorLocation(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: error instanceof TunelensError ? error.code : "unknown",
    message: errorMessage(error),
    ...(stack === undefined ? {} : { stack }),
    ...(location === undefined ? {} : { location }),
  };
}
