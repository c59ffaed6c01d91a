import { asciiJson } from "../ascii-json.js";
import type { CategoricalChoice, Distribution } from "../distribution.js";

/** A distribution as Python's `str` shows it; Optuna makes names of it. */
export function pythonDistribution(distribution: Distribution): string {
  if (distribution.type === "categorical") {
    const { choices } = distribution;
    return `CategoricalDistribution(choices=(${choices.map(pythonValue).join(", ")}${choices.length === 1 ? "," : ""}))`;
  }
  const { type, high, log, low, step } = distribution;
  const number = type === "float" ? pythonFloat : String;
  const [name, flag] = [type === "float" ? "Float" : "Int", log ? "True" : "False"];
  const shownStep = step === null ? "None" : number(step);
  return `${name}Distribution(high=${number(high)}, log=${flag}, low=${number(low)}, step=${shownStep})`;
}

/** A record of texts as Python's `json.dumps` writes it by default: blanks after commas and colons, all in ASCII. */
export function pythonJson(texts: Readonly<Record<string, string>>): string {
  const members = Object.entries(texts).map(([key, text]) => `${asciiJson(key)}: ${asciiJson(text)}`);
  return `{${members.join(", ")}}`;
}

/** A whole number is taken for an `int`: JavaScript does not tell 1 from 1.0. */
function pythonValue(choice: CategoricalChoice): string {
  if (choice === null) return "None";
  if (typeof choice === "boolean") return choice ? "True" : "False";
  if (typeof choice === "number") return Number.isInteger(choice) ? String(choice) : pythonFloat(choice);
  const quote = choice.includes("'") && !choice.includes('"') ? '"' : "'";
  const escaped = choice.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`);
  return quote + escaped.replace(/\p{Cc}/gu, escapeControl) + quote;
}

function escapeControl(character: string): string {
  const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return short[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** The shortest digits, as in JavaScript; with an exponent below 1e-4 and from 1e16 on, of two digits at least. */
function pythonFloat(x: number): string {
  const magnitude = Math.abs(x);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits, exponent = ""] = x.toExponential().split("e");
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  const shown = Object.is(x, -0) ? "-0" : String(x);
  return Number.isInteger(x) ? `${shown}.0` : shown;
}
