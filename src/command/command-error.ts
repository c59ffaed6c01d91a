import { TunelensError } from "../engine/errors.js";

/** The program of a `command` objective failed, or did not tell its result. Code `command-failed`, or `program-killed` if a signal ended it. */
export class CommandError extends TunelensError {
  override readonly name = "CommandError";
  /** @param frames the stack of the study's `command(…)`, so that the error names its line. */
  constructor(message: string, frames: string, code = "command-failed") {
    super(code, message);
    this.stack = `${this.name}: ${message}\n${frames}`;
  }
}
