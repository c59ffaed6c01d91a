import { TunelensError } from "../../src/engine/errors.js";

/** The code of the error that an action throws. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof TunelensError) return error.code;
    throw error;
  }
  return "nothing was thrown";
}
