import {
  floatDistribution,
  intDistribution,
  type CategoricalChoice,
  type Distribution,
} from "../engine/distribution.js";
import { TunelensError } from "../engine/errors.js";
import { isJsonObject } from "../engine/json-value.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import { parsePythonJson, toPythonFloat, toPythonJson } from "./python-json.js";

type Attributes = { readonly [key: string]: Json };

/** Optuna's `distribution_json`: floats are spelled so that Python reads floats, ints so that it reads ints. */
export function distributionToJson(distribution: Distribution): string {
  if (distribution.type === "categorical")
    return `{"name": "CategoricalDistribution", "attributes": {"choices": ${toPythonJson(distribution.choices)}}}`;
  const { low, high, log, step } = distribution;
  if (distribution.type === "int")
    return `{"name": "IntDistribution", "attributes": {"log": ${log}, "step": ${step}, "low": ${low}, "high": ${high}}}`;
  const floats = [step === null ? "null" : toPythonFloat(step), toPythonFloat(low), toPythonFloat(high)];
  return `{"name": "FloatDistribution", "attributes": {"step": ${floats[0]}, "low": ${floats[1]}, "high": ${floats[2]}, "log": ${log}}}`;
}

/**
 * Reads `distribution_json` of any Optuna since 1.0, the five classes that 3.0 retired included. A categorical choice that
 * is a list or a dict (Python allows them, with a warning) is read as its JSON text.
 * @throws TunelensError (code `invalid-distribution-json`), InvalidDistributionError (an empty range and the like).
 */
export function distributionFromJson(text: string): Distribution {
  const { name, attributes } = parse(text);
  switch (name) {
    case "FloatDistribution":
      return floatDistribution(number(attributes, "low"), number(attributes, "high"), {
        log: boolean(attributes, "log"),
        step: attributes["step"] == null ? null : number(attributes, "step"),
      });
    case "UniformDistribution":
      return floatDistribution(number(attributes, "low"), number(attributes, "high"));
    case "LogUniformDistribution":
      return floatDistribution(number(attributes, "low"), number(attributes, "high"), { log: true });
    case "DiscreteUniformDistribution":
      return floatDistribution(number(attributes, "low"), number(attributes, "high"), {
        step: number(attributes, "q"),
      });
    case "IntDistribution":
      return readInt(attributes, boolean(attributes, "log"));
    case "IntUniformDistribution":
      return readInt(attributes, false);
    case "IntLogUniformDistribution":
      return readInt(attributes, true);
    case "CategoricalDistribution":
      return { type: "categorical", choices: readChoices(attributes["choices"]) };
    default:
      throw invalid(`"${name}" is not a distribution of Optuna 5`);
  }
}

function parse(text: string): { name: string; attributes: Attributes } {
  let parsed: Json;
  try {
    parsed = parsePythonJson(text);
  } catch (cause) {
    throw invalid(`it is not valid JSON: ${text.slice(0, 80)}`, cause);
  }
  if (!isJsonObject(parsed)) throw invalid("it is not an object");
  const { name, attributes } = parsed;
  if (typeof name !== "string") throw invalid("it has no name");
  if (!isJsonObject(attributes)) throw invalid("it has no attributes");
  return { name, attributes };
}

/** A `step` of a log range was ignored before Optuna 3.0, and could be anything. */
function readInt(attributes: Attributes, log: boolean): Distribution {
  const step = log || attributes["step"] == null ? 1 : number(attributes, "step");
  const [low, high] = [number(attributes, "low"), number(attributes, "high")];
  // Python's whole numbers have no limit: the nearest doubles, which are whole, too.
  const isBeyond = [low, high, step].some((value) => Number.isInteger(value) && !Number.isSafeInteger(value));
  if (isBeyond && low <= high && step >= 1) return { type: "int", low, high, log, step };
  return intDistribution(low, high, { log, step });
}

function readChoices(choices: Json | undefined): CategoricalChoice[] {
  if (!Array.isArray(choices)) throw invalid('"choices" is not a list');
  if (choices.length === 0) throw invalid('"choices" is empty');
  return choices.map((choice: Json) => (typeof choice === "object" && choice !== null ? toPythonJson(choice) : choice));
}

function number(attributes: Attributes, key: string): number {
  const value = attributes[key];
  if (typeof value !== "number") throw invalid(`"${key}" is not a number`);
  return value;
}

function boolean(attributes: Attributes, key: string): boolean {
  const value = attributes[key];
  if (typeof value === "boolean" || value === undefined) return value ?? false;
  throw invalid(`"${key}" is neither true nor false`);
}

function invalid(reason: string, cause?: unknown): TunelensError {
  return new TunelensError("invalid-distribution-json", `Cannot read the distribution: ${reason}.`, { cause });
}
