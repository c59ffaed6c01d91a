import { TunelensError } from "../engine/errors.js";
import type { WireError } from "../protocol/wire.js";

/** What was thrown, for another process or thread. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { code: "unknown", message: String(error) };
  const { message, stack } = error;
  return { code: error instanceof TunelensError ? error.code : "unknown", message, ...(stack ? { stack } : {}) };
}
