import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { TunelensError } from "./engine/errors.js";

export const TOO_MANY_OPEN_FILES = "too-many-open-files";

export const TOO_MANY_OPEN_FILES_MESSAGE =
  "Too many open files: the system does not let this process open more. Close some files, or raise the limit with " +
  "`ulimit -n 1024` in the shell that starts it.";

/** A terminal or a training process with its threads, pipes, modules and database opens that many, and some to spare. */
const NEEDED = 32;

/** The system refused to open one more file, pipe or event loop. */
export class TooManyOpenFilesError extends TunelensError {
  override readonly name = "TooManyOpenFilesError";
  constructor(options?: ErrorOptions) {
    super(TOO_MANY_OPEN_FILES, TOO_MANY_OPEN_FILES_MESSAGE, options);
  }
}

/** Whether the system said so: of this process (EMFILE), or of all (ENFILE). */
export function isTooManyOpenFiles(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}

/**
 * Whether this process may open that many files more. To be asked before modules are loaded: where a `package.json` or a thread's event loop
 * cannot be opened, Node.js names another error, or waits for ever.
 */
export function canOpenFiles(count = NEEDED): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync(devNull, "r"));
    return true;
  } catch (error) {
    if (isTooManyOpenFiles(error)) return false;
    throw error;
  } finally {
    opened.forEach((file) => closeSync(file));
  }
}
