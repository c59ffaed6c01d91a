import { asciiJson } from "../engine/ascii-json.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import { TunelensError } from "../engine/errors.js";

/** The source that stands for NaN while JSON.parse runs: a spelling of zero that no encoder writes. */
const NAN_SOURCE = "-0.00e-4076";

const STRING_OR_TOKEN = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

/**
 * Reads what Python's `json.dumps` writes: JSON, plus the tokens NaN, Infinity and -Infinity.
 * @throws SyntaxError
 */
export function parsePythonJson(text: string): Json {
  if (!/NaN|Infinity/.test(text)) return JSON.parse(text) as Json;
  const spelled = text.replace(STRING_OR_TOKEN, (found) => {
    if (found === "NaN") return NAN_SOURCE;
    return found.startsWith('"') ? found : found.replace("Infinity", "1e999");
  });
  return JSON.parse(spelled, (_key, value: Json, context?: { readonly source?: string }) =>
    context?.source === NAN_SOURCE ? NaN : value,
  ) as Json;
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Whether `parsePythonJson` gives every whole number of a text as it is there; Python's have no limit, JavaScript's are doubles. */
export function isExact(text: string): boolean {
  if (text.length < 16 || !/\d{16}/.test(text)) return true;
  const tokens = text.match(STRING_OR_NUMBER) ?? [];
  return tokens
    .filter((token) => /^-?\d{16,}$/.test(token))
    .every((token) => {
      const number = Number(token);
      return Number.isFinite(number) && BigInt(number) === BigInt(token);
    });
}

/**
 * Writes what Python's `json.dumps` would: ASCII only, NaN and ±Infinity as tokens, -0 as a float; whole numbers become ints.
 * @throws TunelensError (code `not-json`) for what JSON cannot hold.
 */
export function toPythonJson(value: Json): string {
  if (typeof value === "string") return asciiJson(value);
  if (typeof value === "number") return Object.is(value, -0) ? "-0.0" : String(value);
  if (typeof value === "boolean" || value === null) return String(value);
  if (isJsonArray(value)) return `[${value.map(toPythonJson).join(", ")}]`;
  if (typeof value !== "object")
    throw new TunelensError("not-json", `Cannot store a ${typeof value}: attributes must be JSON.`);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${entries.map(([key, entry]) => `${asciiJson(key)}: ${toPythonJson(entry)}`).join(", ")}}`;
}

/** A number that Python must read as a float. */
export function toPythonFloat(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
