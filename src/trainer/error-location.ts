import { existsSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { NotFoundError, StorageFailure, TunelensError } from "../engine/errors.js";
import type { SourceLocation, WireError } from "../protocol/wire.js";
import { isTooManyOpenFiles, TOO_MANY_OPEN_FILES, TOO_MANY_OPEN_FILES_MESSAGE } from "../open-files.js";
import { missingImport } from "./missing-import.js";

/** An error with its location in the user's files. */
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
/** Frames in these folders are our own; source maps may name the original TypeScript. */
const ourFolders = [`${PACKAGE_FOLDER}dist${sep}`, `${PACKAGE_FOLDER}src${sep}`];

const FRAME = /^\s+at (?:.*?\(|async )?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)\)?$/s;

/** The lines of a stack; a path may contain a line break. */
function stackLines(stack: string): string[] {
  return stack.split(/\n(?=\s+at )/);
}

/** The failed import, or the topmost frame of an error's stack in the user's own code. */
export function errorLocation(error: unknown): SourceLocation | undefined {
  if (error instanceof LocatedError) return error.location;
  const missing = missingImport(error);
  if (missing) return missing.location;
  // A storage failure is not the fault of the user's code.
  if (!(error instanceof Error) || error instanceof StorageFailure || error instanceof NotFoundError) return undefined;
  return callLocation(error.stack ?? "");
}

/** The topmost frame of a stack in the user's own code. */
export function callLocation(stack: string): SourceLocation | undefined {
  for (const line of stackLines(stack)) {
    const frame = parseFrame(line);
    if (frame && !isOurs(frame) && !isPackage(frame) && existsSync(frame.file)) return frame;
  }
  return undefined;
}

/** Removes frames that do not concern the user from an error's stack: this program's, and those that called the user's code. */
export function keepUserFrames(error: unknown): void {
  if (!(error instanceof Error) || !error.stack) return;
  const lines = stackLines(error.stack);
  const lastOfUser = lines.findLastIndex((line) => {
    const frame = parseFrame(line);
    return frame && !isOurs(frame) && !isPackage(frame);
  });
  const kept = (lastOfUser < 0 ? lines : lines.slice(0, lastOfUser + 1)).filter((line) => {
    const frame = parseFrame(line);
    return !frame || !isOurs(frame);
  });
  // Some of Node's own errors have a stack that cannot be set.
  Reflect.set(error, "stack", kept.join("\n"));
}

function parseFrame(line: string): SourceLocation | undefined {
  const [, place, row, column] = FRAME.exec(line) ?? [];
  if (!place) return undefined;
  return {
    file: namedByTsx(place.startsWith("file:") ? fileURLToPath(place) : place.split("?")[0]!),
    line: Number(row),
    column: Number(column),
  };
}

/** tsx hands a `.cts` or `.mts` file to esbuild as `.ts`. */
export function namedByTsx(path: string): string {
  const names = [path, path.replace(/\.ts$/, ".cts"), path.replace(/\.ts$/, ".mts")];
  return names.find((name) => existsSync(name)) ?? path;
}

function isOurs({ file }: SourceLocation): boolean {
  return ourFolders.some((folder) => file.startsWith(folder));
}

function isPackage({ file }: SourceLocation): boolean {
  return file.includes(`${sep}node_modules${sep}`);
}

/** A thrown value as text, with the error's name and its cause. Our own errors already include their cause. */
export function errorMessage(error: unknown): string {
  if (error instanceof TunelensError) return error.message;
  if (!(error instanceof Error)) return `Threw a value that is not an Error: ${inline(error)}`;
  const { cause } = error;
  const because = cause === undefined ? "" : ` (caused by ${cause instanceof Error ? named(cause) : inline(cause)})`;
  return named(error) + because;
}

function named({ name, message }: Error): string {
  return name === "Error" ? message : `${name}: ${message}`;
}

function inline(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { depth: 1, breakLength: Infinity });
}

export function toWireError(error: unknown): WireError {
  if (isTooManyOpenFiles(error)) return { code: TOO_MANY_OPEN_FILES, message: TOO_MANY_OPEN_FILES_MESSAGE };
  const location = errorLocation(error);
  // Our own error about the user's code has the original error as its cause.
  const origin = error instanceof LocatedError ? error.cause : error;
  const stack = origin instanceof Error ? origin.stack : undefined;
  return {
    code: error instanceof TunelensError ? error.code : "unknown",
    message: errorMessage(error),
    ...(stack === undefined ? {} : { stack }),
    ...(location === undefined ? {} : { location }),
  };
}
