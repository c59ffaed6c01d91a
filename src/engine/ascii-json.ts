import type { Json } from "./trial/trial-snapshot.js";

/** JSON in nothing but ASCII, as Python's `json.dumps` writes text by default. */
export function asciiJson(value: Json): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
