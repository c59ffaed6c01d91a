import type { SourceLocation, WireError } from "../protocol/wire.js";

/** What was thrown, for another process or for display. */
export function toWireError(thrown: unknown): WireError {
  if (typeof thrown !== "object" || thrown === null) return { code: "unknown", message: String(thrown) };
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "unknown";
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- what is no error may say by a toString of its own what it is.
  const message = "message" in thrown && typeof thrown.message === "string" ? thrown.message : String(thrown);
  // Of what another process threw, the stack here says nothing.
  const stack = "remoteStack" in thrown ? thrown.remoteStack : "stack" in thrown ? thrown.stack : undefined;
  const location = "location" in thrown ? readLocation(thrown.location) : undefined;
  return {
    code,
    message,
    ...(typeof stack === "string" ? { stack } : {}),
    ...(location ? { location } : {}),
  };
}

function readLocation(value: unknown): SourceLocation | undefined {
  if (typeof value !== "object" || value === null || !("file" in value) || !("line" in value)) return undefined;
  const { file, line } = value;
  if (typeof file !== "string" || typeof line !== "number") return undefined;
  const column = "column" in value && typeof value.column === "number" ? value.column : undefined;
  return column === undefined ? { file, line } : { file, line, column };
}
