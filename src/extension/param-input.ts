import type { ParamOutline } from "../protocol/param-outline.js";
import { fromWire, type WireParamValue } from "../protocol/wire.js";
import { formatNumber, formatParam } from "../format/numbers.js";
import { askText, pickOne } from "./surfaces.js";

/** A step forgives what doubles round. */
const STEP_TOLERANCE = 1e-8;

/** `0.001 to 0.1, log`, `1 to 8, step 2`, `adam, sgd`: what a parameter can be. */
export function describeRange({ low, high, step, log, choices, type }: ParamOutline): string {
  if (choices) return choices.map(formatParam).join(", ");
  if (low === undefined || high === undefined) return type;
  const range = `${formatNumber(low)} to ${formatNumber(high)}`;
  return [range, log && "log", step !== undefined && !(type === "int" && step === 1) && `step ${formatNumber(step)}`]
    .filter(Boolean)
    .join(", ");
}

/** A numeric parameter's typed value. @returns what is wrong with it, as text. */
export function readNumber(param: ParamOutline, input: string): number | string {
  const text = input.trim();
  const value = Number(text);
  if (text === "" || Number.isNaN(value)) return `Enter a number: ${describeRange(param)}.`;
  if (param.type === "int" && !Number.isInteger(value)) return `Enter an integer: ${describeRange(param)}.`;
  const { step } = param;
  const [low, high] = [fromWire(param.low ?? "-Infinity"), fromWire(param.high ?? "Infinity")];
  if (value < low || value > high) return `${param.name} is ${describeRange(param)}.`;
  const steps = step === undefined ? 0 : (value - low) / step;
  if (Math.abs(steps - Math.round(steps)) >= STEP_TOLERANCE) return `${param.name} is ${describeRange(param)}.`;
  return value;
}

/** A value that the parameter can have, entered or, for a categorical one, chosen; undefined if the user cancels. */
export async function askParamValue(
  param: ParamOutline,
  current: WireParamValue | undefined,
  title: string,
): Promise<WireParamValue | undefined> {
  if (param.choices) {
    const items = param.choices.map((value) => ({
      label: formatParam(value),
      description: value === current ? "current" : "",
      value,
    }));
    return (await pickOne(items, { title, placeHolder: `Select a value of ${param.name}` }))?.value;
  }
  const text = await askText({
    title,
    prompt: `${param.name}: ${describeRange(param)}`,
    value: current === undefined ? "" : String(current),
    validate: (input) => {
      const read = readNumber(param, input);
      return typeof read === "string" ? read : undefined;
    },
  });
  return text === undefined ? undefined : Number(text.trim());
}
